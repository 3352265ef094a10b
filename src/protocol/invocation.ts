/** A module that Node was told to load before the program, with `--require`, `-r` or `--import`. */
export interface Preload {
  readonly option: 'require' | 'import';
  /** As given: a path relative to the working directory, a package, or for `--import` a URL. */
  readonly module: string;
}

/** The sources of Node's options. */
export interface NodeOptions {
  /** The variable NODE_OPTIONS. */
  readonly nodeOptions?: string | undefined;
  readonly execArgv: readonly string[];
}

/** How `swarm` itself was started, as bin/preloads.js reads it. */
export interface Invocation {
  /** In the order in which Node loads them. */
  readonly preloads: readonly Preload[];
  /** The options without these preloads, which a mold loads itself. Loaders stay: they run on one of Node's threads. */
  readonly mold: NodeOptions;
}

/** The preload's name for people: "--require newrelic". */
export function preloadName({ option, module }: Preload): string {
  return `--${option} ${module}`;
}

/** Whether this is the name of a preload rather than of a package or file. */
export function isPreloadName(name: string): boolean {
  return name.startsWith('--');
}
