/** Runs `work` without Node's warnings, which are for the application's developer: swarm only inspects the code. */
export function silently<Result>(work: () => Result): Result {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
