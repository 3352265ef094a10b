const nothing = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread, and with it its event loop. */
export function block(milliseconds) {
  Atomics.wait(nothing, 0, 0, milliseconds);
}
