/** Runs `work` without Node's warnings. They address a developer, and swarm only looks at the code. */
export function silently<Result>(work: () => Result): Result {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
