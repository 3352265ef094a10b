/**
 * The arguments of a worker: all that swarm was given, and the index; or what follows "--", and nothing else.
 *
 * @param args those given to swarm, exactly
 * @param index of the worker; undefined in a mold, which has none
 */
export function workerArguments(args: readonly string[], index?: number): readonly string[] {
  const end = args.indexOf('--');
  if (end !== -1) return args.slice(end + 1);
  return index === undefined ? args : [...args, '-i', String(index)];
}
