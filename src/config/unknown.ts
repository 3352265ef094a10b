/** A variable that looks like one of swarm's but is not. */
export interface UnknownVariable {
  readonly name: string;
  /** The variable with the most similar name. */
  readonly nearest: string;
}

/** Variables that swarm sets for its workers (protocol/environment.ts). A worker can run a swarm itself. */
const OF_WORKERS = ['SWARM_SLOT', 'SWARM_GENERATION', 'SWARM_ASSIGNMENT'];

/** @param known the variables that exist */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
  known: ReadonlySet<string>,
): UnknownVariable[] {
  const candidates = [...known].filter((name) => name.startsWith('SWARM_'));
  return Object.keys(environment)
    .filter((name) => /^SWARM_/i.test(name) && !known.has(name) && !OF_WORKERS.includes(name))
    .map((name) => ({ name, nearest: nearestTo(name.toUpperCase(), candidates) }));
}

function nearestTo(name: string, candidates: readonly string[]): string {
  const distances = candidates.map((candidate) => ({ candidate, distance: distance(name, candidate) }));
  return distances.reduce((a, b) => (b.distance < a.distance ? b : a)).candidate;
}

/** Levenshtein distance. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, length) => length);
  for (const [index, character] of [...from].entries()) {
    let diagonal = index;
    row = row.reduce<number[]>((next, above, column) => {
      const left = next[column - 1];
      const replaced = diagonal + Number(character !== to[column - 1]);
      next.push(left === undefined ? index + 1 : Math.min(above + 1, left + 1, replaced));
      diagonal = above;
      return next;
    }, []);
  }
  return row[to.length] ?? 0;
}
