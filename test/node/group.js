// A process and everything that it starts, as a process group.

export function killGroup(group) {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // The group has no processes left.
  }
}

/** How much of a stream's end is kept, in characters. */
const LIMIT = 1_000_000;

/**
 * Records a stream.
 *
 * @returns {() => string} returns the text since the previous call
 */
export function recordOf(stream) {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    text = (text + chunk).slice(-LIMIT);
  });
  return () => {
    const taken = text;
    text = '';
    return taken;
  };
}
