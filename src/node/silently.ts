/** Without the warnings that Node would address to a developer: what swarm only looks at, it does not complain of. */
export function silently<Result>(work: () => Result): Result {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
