/** A module that Node was told to load before the program: `--require` and its short form, or `--import`. */
export interface Preload {
  readonly option: 'require' | 'import';
  /** As it was given: a path, resolved against the working directory, a package, or for `--import` a URL. */
  readonly module: string;
}

/** What Node takes its options from. */
export interface NodeOptions {
  /** The variable NODE_OPTIONS. */
  readonly nodeOptions?: string | undefined;
  readonly execArgv: readonly string[];
}

/** How `swarm` itself was started, as bin/preloads.js reads it. */
export interface Invocation {
  /** In the order in which Node loads them. */
  readonly preloads: readonly Preload[];
  /** What is left of the options for a mold, which loads these itself. Loaders stay: they run in a thread of Node's own. */
  readonly mold: NodeOptions;
}

/** As people know it: "--require newrelic". */
export function preloadName({ option, module }: Preload): string {
  return `--${option} ${module}`;
}

/** Of a preload, as opposed to a package or a file. */
export function isPreloadName(name: string): boolean {
  return name.startsWith('--');
}
