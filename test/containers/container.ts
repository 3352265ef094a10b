import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFailed, onTestFinished } from 'vitest';
import { type LogLine, logIn, saidIn } from '../support/log.ts';
import { FIXTURES, NODE } from '../support/swarm.ts';
import { until } from '../support/until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where an application has its packages, this repository is one of them. */
const PACKAGE = '/app/node_modules/dyno-swarm';

/** Podman would raise these, which not every root may. */
const LIMITS = ['--ulimit=nofile=1024:1024', '--ulimit=nproc=1000:1000'];

/** Everything that a platform can take away, and that swarm can do without. */
export const LOCKED_DOWN = [
  '--user=1000:1000',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
  '--read-only',
  '--read-only-tmpfs=false',
];

/**
 * An image made by the Dockerfile of docs/platforms.md, in its own store. The caller must call remove(). Podman runs in
 * its directory, and leaves a file there when a container is out of memory.
 */
export class Image {
  readonly #directory: string;

  /** @param fixtures modules of test/fixtures; the Dockerfile runs jobs.mjs */
  static async build(...fixtures: string[]): Promise<Image> {
    const directory = await mkdtemp(join(tmpdir(), 'swarm-containers-'));
    const context = join(directory, 'context');
    await mkdir(join(context, 'node_modules/.bin'), { recursive: true });
    await mkdir(join(context, 'node_modules/dyno-swarm'));
    await symlink('../dyno-swarm/bin/swarm', join(context, 'node_modules/.bin/swarm'));
    await writeFile(join(context, 'package.json'), '{ "type": "module" }');
    for (const name of ['say.mjs', ...fixtures]) await cp(join(FIXTURES, name), join(context, name));
    await promisify(execFile)(join(import.meta.dirname, 'root.sh'), [join(context, 'root'), NODE]);
    await writeFile(join(context, 'Dockerfile'), await dockerfile());
    const image = new Image(directory);
    // Its own format knows no HEALTHCHECK.
    await image.podman('build', '--format=docker', '--layers=false', '--tag=jobs', context);
    return image;
  }

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Its output. Rejects where it fails. */
  async podman(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('podman', [...this.#store, ...args], { cwd: this.#directory });
    return stdout.trim();
  }

  /** As a person would at a terminal, who sees what the container prints. */
  attached(...args: string[]) {
    return spawn('podman', [...this.#store, ...args], { cwd: this.#directory, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  // Copies instead of mounts: nothing to unmount. runc, as crun wants no cgroups of both versions.
  get #store(): string[] {
    const [root, run] = [join(this.#directory, 'store'), join(this.#directory, 'run')];
    return [
      `--root=${root}`,
      `--runroot=${run}`,
      '--storage-driver=vfs',
      '--cgroup-manager=cgroupfs',
      '--runtime=runc',
    ];
  }
}

/** Without a registry, and with this repository's swarm instead of a published one. */
async function dockerfile(): Promise<string> {
  const [, text = ''] =
    /^```dockerfile\n([\s\S]*?)^```/m.exec(await readFile(join(ROOT, 'docs/platforms.md'), 'utf8')) ?? [];
  return text
    .replace(/^FROM .*$/m, 'FROM scratch\nCOPY root /')
    .replace(/^RUN npm ci .*\n/m, '')
    .replace('./jobs.js', './jobs.mjs');
}

/** A container that runs a swarm, and what can be seen of it from outside. It is gone when the test is over. */
export class Container {
  /** Everything that it has printed, line by line. */
  readonly lines: string[] = [];
  readonly #image: Image;
  readonly #name = `swarm-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  /** Of the first process, as `podman run` passes it on. */
  readonly status: Promise<number>;

  /**
   * @param options of `podman run`
   * @param command instead of the image's
   */
  constructor(image: Image, options: readonly string[], env: Record<string, string>, command: readonly string[] = []) {
    this.#image = image;
    const variables = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`);
    const mount = `--volume=${ROOT}:${PACKAGE}:ro`;
    const run = ['run', `--name=${this.#name}`, '--network=none', mount, ...LIMITS, ...options, ...variables];
    const child = image.attached(...run, 'jobs', ...command);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
    this.status = once(child, 'close').then(([code]) => code as number);
    onTestFinished(async () => {
      await image.podman('rm', '--force', '--time=0', this.#name);
      await this.status;
    });
    onTestFailed(() => console.error(this.lines.join('\n')));
  }

  events(event: string): LogLine[] {
    return logIn(this.lines).filter((line) => line.event === event);
  }

  said(word: string): string[] {
    return saidIn(this.lines, word);
  }

  /** Waits until there are `count` log lines of that event, and returns the last of these. */
  async event(event: string, count = 1): Promise<LogLine> {
    await until(`${count} × ${event}`, () => this.events(event).length >= count);
    return this.events(event)[count - 1] as LogLine;
  }

  /** TERM, and KILL after this many seconds. */
  stop(seconds: number): Promise<string> {
    return this.#image.podman('stop', `--time=${seconds}`, this.#name);
  }

  /** To its first process. */
  signal(signal: string): Promise<string> {
    return this.#image.podman('kill', `--signal=${signal}`, this.#name);
  }

  exec(...command: string[]): Promise<string> {
    return this.#image.podman('exec', this.#name, ...command);
  }

  /** What the HEALTHCHECK of the image says now. */
  async isHealthy(): Promise<boolean> {
    return this.#image.podman('healthcheck', 'run', this.#name).then(
      () => true,
      () => false,
    );
  }

  /** The pid of its first process, out here. */
  async pid(): Promise<number> {
    return Number(await this.#image.podman('inspect', '--format={{.State.Pid}}', this.#name));
  }
}
