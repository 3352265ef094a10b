/**
 * The code of one generation: its location when that generation began, even if the names stand for something else
 * later.
 */
export interface Release {
  /** The working directory of its processes, without links: one such as `current` may lead elsewhere by now. */
  readonly directory: string;
  /** Absolute paths of the `-r` modules, in order. */
  readonly modules: readonly string[];
}

/** Looks for the code as it is now. Rejects where there is none. */
export type FindRelease = () => Promise<Release>;

/** The releases of all generations that may still start a worker. Both spawners use them: one may take over from the other. */
export class Releases {
  readonly #find: FindRelease;
  readonly #known = new Map<number, Release>();

  constructor(find: FindRelease) {
    this.#find = find;
  }

  /** Finds that of a new generation. Rejects where there is none, with an error whose message is a sentence. */
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

/** Why there is none, in half a sentence. */
export function describeMissing({ message }: Error): string {
  return message.replace(/\.$/, '');
}
