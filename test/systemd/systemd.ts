import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFailed, onTestFinished } from 'vitest';
import { type LogLine, logIn, saidIn } from '../support/log.ts';
import { FIXTURES, NODE } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const KEEPER = fileURLToPath(new URL('keeper.sh', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The example unit, which is tested unchanged. */
export const UNIT = join(ROOT, 'examples/systemd/swarm.service');

/** The targets that a unit expects. */
const TARGETS = ['sysinit', 'basic', 'network-online', 'multi-user', 'shutdown'];

/** Files of test/fixtures, with their names in the application. */
const APPLICATION = [
  ['jobs.mjs', 'jobs.js'],
  ['say.mjs', 'say.mjs'],
] as const;

/** A real systemd with the example's service. It ends with the test. */
export class Systemd {
  readonly #directory: string;
  readonly #keeper: ChildProcess;
  readonly #messages: string[] = [];
  #pid = 0;

  /**
   * @param lines lines of a [Service] drop-in that change the example
   */
  static async start(...lines: string[]): Promise<Systemd> {
    const directory = await temporaryDirectory();
    const units = join(directory, 'units');
    const dropIn = join(units, 'swarm.service.d');
    await mkdir(dropIn, { recursive: true });
    await cp(UNIT, join(units, 'swarm.service'));
    await mkdir(join(directory, 'app'));
    for (const [from, to] of APPLICATION) await cp(join(FIXTURES, from), join(directory, 'app', to));
    for (const target of TARGETS) await writeFile(join(units, `${target}.target`), '[Unit]\nDefaultDependencies=no\n');
    // The example runs a .js file.
    await writeFile(join(directory, 'app/package.json'), '{ "type": "module" }');
    const own = [
      // This systemd has no journal.
      `StandardOutput=append:${directory}/log`,
      'StandardError=inherit',
      'Environment=PATH=/srv/app/node_modules/.bin:/usr/bin:/bin',
    ];
    await writeFile(join(dropIn, 'test.conf'), ['[Service]', ...own, ...lines, ''].join('\n'));
    const systemd = new Systemd(directory);
    await systemd.#booted();
    return systemd;
  }

  private constructor(directory: string) {
    this.#directory = directory;
    this.#keeper = spawn('unshare', ['--mount', KEEPER, directory], {
      env: { PATH: process.env['PATH'], NODE, SWARM: ROOT },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.#keeper;
    for (const stream of [stdout, stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#messages.push(line));
    }
    onTestFinished(async () => {
      const closed = once(this.#keeper, 'close');
      this.#keeper.stdin?.end();
      await closed;
    });
    onTestFailed(() => console.error([...this.#messages, ...this.lines].join('\n')));
  }

  /** The lines that the service has printed. */
  get lines(): string[] {
    try {
      return readFileSync(join(this.#directory, 'log'), 'utf8').split('\n').filter(Boolean);
    } catch {
      return [];
    }
  }

  /** The lines that fixtures printed with `say()`: "<word> <index> …". */
  said(word: string): string[] {
    return saidIn(this.lines, word);
  }

  events(event: string): LogLine[] {
    return logIn(this.lines).filter((line) => line.event === event);
  }

  /** Runs systemctl in the namespaces of this systemd. Rejects if it fails. */
  async systemctl(...args: string[]): Promise<string> {
    return this.#run('systemctl', ...args);
  }

  /** Sends a signal to the supervisor. */
  async signal(signal: string): Promise<void> {
    await this.systemctl('kill', '--kill-whom=main', `--signal=${signal}`, 'swarm');
  }

  /** Reads a property of the service. */
  async property(name: string): Promise<string> {
    return (await this.systemctl('show', '--value', `--property=${name}`, 'swarm')).trim();
  }

  /** Polls until the condition holds. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await until(what, condition);
  }

  async #booted(): Promise<void> {
    await this.until('systemd', () => {
      this.#pid = Number(/^systemd (\d+)$/m.exec(this.#messages.join('\n'))?.[1] ?? 0);
      return this.#pid > 0;
    });
    await this.until('multi-user.target', () =>
      this.systemctl('is-active', 'multi-user.target').then(
        () => true,
        () => false,
      ),
    );
  }

  async #run(...command: string[]): Promise<string> {
    const where = ['-t', String(this.#pid), '--mount', '--pid', '--ipc', '--uts', '--cgroup'];
    const { stdout } = await promisify(execFile)('nsenter', [...where, ...command]);
    return stdout;
  }
}
