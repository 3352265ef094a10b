type Environment = Record<string, string | undefined>;

/**
 * V8's flags for the heap of a spawned worker travel in NODE_OPTIONS, and the worker removes them there. On its command line
 * they would be among the options of its threads and children, where `process.execArgv` is handed on: a thread refuses them.
 *
 * @param limits in NODE_OPTIONS Node takes those of a size alone
 */
export function environmentWithLimits(limits: readonly string[], environment: Environment): Environment {
  const ours = sizesIn(limits);
  if (ours === '') return environment;
  const { NODE_OPTIONS: given } = environment;
  return { ...environment, NODE_OPTIONS: given === undefined ? ours : `${ours} ${given}` };
}

/** @returns the limits that are still to be set */
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
