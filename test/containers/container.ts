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

/** The path of this repository in the application's node_modules. */
const PACKAGE = '/app/node_modules/dyno-swarm';

/** Podman would raise these limits, which not every root is allowed to do. */
const LIMITS = ['--ulimit=nofile=1024:1024', '--ulimit=nproc=1000:1000'];

/** Options that remove everything that a platform can remove and swarm does not need. */
export const LOCKED_DOWN = [
  '--user=1000:1000',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
  '--read-only',
  '--read-only-tmpfs=false',
];

/**
 * An image built from the Dockerfile in docs/platforms.md, in a separate store. The caller must call remove(). Podman
 * runs in its directory, and leaves a file there when a container is out of memory.
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
    // Podman's own format does not support HEALTHCHECK.
    await image.podman('build', '--format=docker', '--layers=false', '--tag=jobs', context);
    return image;
  }

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Runs podman, and returns its output. Rejects if it fails. */
  async podman(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('podman', [...this.#store, ...args], { cwd: this.#directory });
    return stdout.trim();
  }

  /** Runs podman in the foreground, attached to the output of the container. */
  attached(...args: string[]) {
    return spawn('podman', [...this.#store, ...args], { cwd: this.#directory, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  // vfs copies instead of mounting, so there is nothing to unmount. runc, because crun rejects mixed cgroup versions.
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

/** The Dockerfile without a registry, and with the swarm of this repository instead of a published one. */
async function dockerfile(): Promise<string> {
  const [, text = ''] =
    /^```dockerfile\n([\s\S]*?)^```/m.exec(await readFile(join(ROOT, 'docs/platforms.md'), 'utf8')) ?? [];
  return text
    .replace(/^FROM .*$/m, 'FROM scratch\nCOPY root /')
    .replace(/^RUN npm ci .*\n/m, '')
    .replace('./jobs.js', './jobs.mjs');
}

/** A container that runs a swarm, observed from outside. It is removed when the test ends. */
export class Container {
  /** The lines that it has printed. */
  readonly lines: string[] = [];
  readonly #image: Image;
  readonly #name = `swarm-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  /** The exit status of its first process, as `podman run` returns it. */
  readonly status: Promise<number>;

  /**
   * @param options options for `podman run`
   * @param command replaces the image's command
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

  /** Waits for `count` log lines of an event, and returns the last of them. */
  async event(event: string, count = 1): Promise<LogLine> {
    await until(`${count} × ${event}`, () => this.events(event).length >= count);
    return this.events(event)[count - 1] as LogLine;
  }

  /** Sends TERM, and KILL after this many seconds. */
  stop(seconds: number): Promise<string> {
    return this.#image.podman('stop', `--time=${seconds}`, this.#name);
  }

  /** Signals its first process. */
  signal(signal: string): Promise<string> {
    return this.#image.podman('kill', `--signal=${signal}`, this.#name);
  }

  exec(...command: string[]): Promise<string> {
    return this.#image.podman('exec', this.#name, ...command);
  }

  /** Runs the HEALTHCHECK of the image. */
  async isHealthy(): Promise<boolean> {
    return this.#image.podman('healthcheck', 'run', this.#name).then(
      () => true,
      () => false,
    );
  }

  /** The pid of its first process, outside its PID namespace. */
  async pid(): Promise<number> {
    return Number(await this.#image.podman('inspect', '--format={{.State.Pid}}', this.#name));
  }
}
