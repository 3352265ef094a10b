import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const V1 = { mount: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', use: 'memory.usage_in_bytes' };
const V2 = { mount: '/sys/fs/cgroup', limit: 'memory.max', use: 'memory.current' };

/** A real memory group, with a limit that the kernel keeps. Only root can make one. */
export class MemoryGroup {
  readonly #files = existsSync(join(V1.mount, V1.limit)) ? V1 : V2;
  readonly #path: string;

  /**
   * @param limit bytes
   * @throws where groups cannot be made here
   */
  constructor(name: string, limit: number) {
    const { mount } = this.#files;
    if (this.#files === V2) writeFileSync(join(mount, 'cgroup.subtree_control'), '+memory');
    this.#path = join(mount, name);
    mkdirSync(this.#path);
    writeFileSync(join(this.#path, this.#files.limit), String(limit));
  }

  /** Bytes. */
  get use(): number {
    return Number(readFileSync(join(this.#path, this.#files.use), 'utf8'));
  }

  /** A shell writes its own pid there to get in. */
  get members(): string {
    return join(this.#path, 'cgroup.procs');
  }

  /** All its processes have to be gone. */
  remove(): void {
    rmdirSync(this.#path);
  }
}
