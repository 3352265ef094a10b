// A WebAssembly module of any size, so that compiling it and tiering it up is work for V8's threads.

/** Returns the bytes of a module that exports `f0` to `f<count-1>`. f_k(n) applies a = (a + k) * 31 n times, from 0. */
export function wasmModule(count) {
  const numbers = Array.from({ length: count }, (_, number) => number);
  const i32 = 0x7f;
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector([[0x60, ...vector([[i32]]), ...vector([[i32]])]])),
    ...section(3, vector(numbers.map(() => [0]))),
    ...section(7, vector(numbers.map((number) => [...vector(letters(`f${number}`)), 0x00, ...unsigned(number)]))),
    ...section(10, vector(numbers.map((number) => sized(body(number))))),
  ]);
}

/** Returns the result that f_k(n) must have. */
export function expectedResult(k, n) {
  let a = 0;
  for (let i = 0; i < n; i++) a = Math.imul(a + k, 31);
  return a;
}

function body(k) {
  const [n, a] = [0, 1];
  const [loop, end, branchIf, get, set, tee, constant, add, subtract, multiply] = [
    0x03, 0x0b, 0x0d, 0x20, 0x21, 0x22, 0x41, 0x6a, 0x6b, 0x6c,
  ];
  return [
    ...vector([[1, 0x7f]]),
    ...[loop, 0x40],
    ...[get, a, constant, ...signed(k), add, constant, ...signed(31), multiply, set, a],
    ...[get, n, constant, 1, subtract, tee, n, branchIf, 0],
    ...[end, get, a, end],
  ];
}

function section(id, content) {
  return [id, ...sized(content)];
}

function sized(content) {
  return [...unsigned(content.length), ...content];
}

function vector(items) {
  return [...unsigned(items.length), ...items.flat()];
}

function letters(text) {
  return [...text].map((letter) => [letter.charCodeAt(0)]);
}

function unsigned(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value) {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}
