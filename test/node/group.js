// A process and all that it starts: a group of its own, of which nothing is left in the end.

export function killGroup(group) {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // All have ended.
  }
}

/** Of what a stream says, the most that is kept: the end. Characters. */
const LIMIT = 1_000_000;

/** @returns {() => string} what it has said since it was last asked */
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
