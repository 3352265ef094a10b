/**
 * The code of one generation: where it was found when that generation began, even if its names lead elsewhere later.
 */
export interface Release {
  /** Real path of its processes' working directory: a symbolic link such as `current` may lead elsewhere by now. */
  readonly directory: string;
  /** Absolute paths of the `-r` modules, in order. */
  readonly modules: readonly string[];
}

/** Finds the current code. Rejects if the directory or a module is missing. */
export type FindRelease = () => Promise<Release>;

/** Releases of all generations that can still start a worker. Both spawners share them: one can take over at boot. */
export class Releases {
  readonly #find: FindRelease;
  readonly #known = new Map<number, Release>();

  constructor(find: FindRelease) {
    this.#find = find;
  }

  /** Finds the release of a new generation. Rejects as FindRelease does. */
  async find(generation: number): Promise<Release> {
    const release = await this.#find();
    this.#known.set(generation, release);
    return release;
  }

  of(generation: number): Release {
    const release = this.#known.get(generation);
    if (!release) throw new Error(`there is no generation ${generation}: this is a bug in swarm`);
    return release;
  }

  forget(generation: number): void {
    this.#known.delete(generation);
  }
}

/** Why there is no release, as a clause. */
export function describeMissing({ message }: Error): string {
  return message.replace(/\.$/, '');
}
