import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The timeout of a program, milliseconds. An installer waits for the network. */
const PATIENCE = 300_000;

/** Does one job, then idles until it is stopped. */
const JOBS = `export default ({ worker, stopSignal }) => {
  console.log('the job is done in mode', worker.mode);
  const idle = setInterval(() => {}, 1000);
  stopSignal.addEventListener('abort', () => clearInterval(idle));
};
`;

/** This environment, with the address of the registry but without variables about how this script was started. */
function environment() {
  const own = /^(?:CI|COUNT|INDEX|SWARM_.*|NODE_OPTIONS|INIT_CWD|npm_(?!config_registry$).*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

/** An application in which one installer, on one Node, installs the tarball. */
export class Application {
  #directory;
  #installer;
  #env;

  /**
   * @param {{ directory: string, home: string, node: string, installer: import('./installers.js').Installer }} given
   *   `home`: the home directory, for the caches of installers. `node`: the path of the binary
   */
  constructor({ directory, home, node, installer }) {
    this.#directory = directory;
    this.#installer = installer;
    this.#env = {
      ...environment(),
      PATH: `${dirname(node)}:${process.env['PATH']}`,
      HOME: home,
      YARN_ENABLE_TELEMETRY: '0',
      // Yarn 4 has its own variable.
      YARN_NPM_REGISTRY_SERVER: process.env['npm_config_registry'],
    };
  }

  /** @param {string} tarball the path of the tarball */
  async install(tarball) {
    await mkdir(this.#directory);
    const manifest = JSON.stringify({ name: 'application', version: '1.0.0', private: true });
    const files = { 'package.json': manifest, 'jobs.mjs': JOBS, 'yarn.lock': '', ...this.#installer.settings };
    for (const [name, text] of Object.entries(files)) await writeFile(join(this.#directory, name), text);
    await this.#run([...this.#installer.command, `dyno-swarm@file:${tarball}`]);
  }

  /** @returns {Promise<string>} the output of `swarm --version` */
  async version() {
    return this.#run([...(await this.#swarm()), '--version']);
  }

  /** Runs a swarm of one worker until its job is done, and stops it. @returns {Promise<string>} the worker's mode */
  async work() {
    const [program, ...args] = await this.#swarm();
    const swarm = spawn(program, [...args, '-r', './jobs.mjs'], {
      cwd: this.#directory,
      // Slow to boot with Plug'n'Play, which reads every module from an archive, on a separate thread.
      env: { ...this.#env, COUNT: '1', SWARM_BOOT_TIMEOUT: String(PATIENCE / 1000) },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    });
    const ended = once(swarm, 'close');
    const lines = [];
    let mode = '';
    for (const stream of [swarm.stdout, swarm.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        [, mode = mode] = /the job is done in mode (\w+)/.exec(line) ?? [];
        // The log line can come before or after the output of the worker.
        if (line.includes('"event":"worker.ready"')) swarm.kill('SIGTERM');
      });
    }
    const [code, signal] = await ended;
    if (code !== 0 || mode === '') throw new Error(`swarm ended with ${signal ?? code}:\n${lines.join('\n')}`);
    return mode;
  }

  async #swarm() {
    const { launch } = this.#installer;
    if (!launch) return [join(this.#directory, 'node_modules/.bin/swarm')];
    return ['node', ...launch.flags, await this.#run(launch.find)];
  }

  async #run([program, ...args]) {
    const { stdout } = await run(program, args, { cwd: this.#directory, env: this.#env, timeout: PATIENCE });
    return stdout.trim();
  }
}
