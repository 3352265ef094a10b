type Environment = Record<string, string | undefined>;

/**
 * Adds the heap sizes of a spawned worker to NODE_OPTIONS, from which the worker removes them. On its command line they
 * would be in `process.execArgv`, which is passed on to threads and children, and a thread refuses them.
 *
 * @param limits all heap flags; Node only accepts those for sizes in NODE_OPTIONS
 */
export function environmentWithLimits(limits: readonly string[], environment: Environment): Environment {
  const ours = sizesIn(limits);
  if (ours === '') return environment;
  const { NODE_OPTIONS: given } = environment;
  return { ...environment, NODE_OPTIONS: given === undefined ? ours : `${ours} ${given}` };
}

/** Removes the heap sizes from NODE_OPTIONS. @returns the limits that must still be set */
export function takeLimits(limits: readonly string[], environment: Environment): string[] {
  const ours = sizesIn(limits);
  const { NODE_OPTIONS: options } = environment;
  if (ours !== '' && options === ours) delete environment['NODE_OPTIONS'];
  else if (ours !== '' && options?.startsWith(`${ours} `)) environment['NODE_OPTIONS'] = options.slice(ours.length + 1);
  return limits.filter((limit) => !isSize(limit));
}

function sizesIn(limits: readonly string[]): string {
  return limits.filter(isSize).join(' ');
}

function isSize(limit: string): boolean {
  return /^--max-(?:old|semi)-space-size=/.test(limit);
}
