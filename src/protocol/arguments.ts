/**
 * Arguments of a worker: all of swarm's arguments and the worker's index, or only those that follow "--".
 *
 * @param args the arguments of swarm, exactly as given
 * @param index the worker's index; undefined in a mold, which has none
 */
export function workerArguments(args: readonly string[], index?: number): readonly string[] {
  const end = args.indexOf('--');
  if (end !== -1) return args.slice(end + 1);
  return index === undefined ? args : [...args, '-i', String(index)];
}
