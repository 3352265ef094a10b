/** The code of one generation: where it was found when that generation began, whatever the names stand for later. */
export interface Release {
  /** The working directory of its processes, without links: one such as `current` may lead elsewhere by now. */
  readonly directory: string;
  /** Absolute paths of the `-r` modules, in order. */
  readonly modules: readonly string[];
}

/** Looks for the code as it is now. Rejects where there is none. */
export type FindRelease = () => Promise<Release>;
