// Measures the phases of a boot and of a replacement:
//
//     node bench/experiments/boot.js [--count 8] [--rounds 5] [--kills 5] [--node PATH] [VARIABLE=value …]
//
// prints medians in milliseconds, observed from outside: from new processes and from the log. The application is that
// of the bench, preloaded (SWARM_PRELOAD_APP=1).
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makePlace } from '../place.js';
import { median } from '../report/statistics.js';

const BENCH = fileURLToPath(new URL('..', import.meta.url));
const SWARM = join(BENCH, '../bin/swarm');

const text = (value) => ({ type: 'string', default: value });
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: text('8'), rounds: text('5'), kills: text('5'), node: text(process.execPath) },
});
const [count, rounds, kills] = [values.count, values.rounds, values.kills].map(Number);
const variables = Object.fromEntries(positionals.map((pair) => [pair.split('=', 1)[0], pair.replace(/^[^=]*=/, '')]));

/** The lines of a log with their arrival times. */
class Log extends EventEmitter {
  #lines = [];

  constructor(stream) {
    super();
    createInterface(stream).on('line', (line) => {
      if (!line.startsWith('{"level"')) return;
      this.#lines.push({ ...JSON.parse(line), at: performance.now() });
      this.emit('change');
    });
  }

  events(event) {
    return this.#lines.filter((line) => line.event === event);
  }

  /** Waits for the event with this number, from 1. */
  async event(event, number = 1) {
    while (this.events(event).length < number) await once(this, 'change');
    return this.events(event)[number - 1];
  }
}

const { directory, node } = makePlace(values.node);
const socket = join(directory, 'bench.sock');
// The workers connect here, but get no requests.
const server = createServer((connection) => connection.on('error', () => {}).resume()).listen(socket);
await once(server, 'listening');
let swarm;
process.on('exit', () => swarm?.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const found = [];
for (let round = 0; round < rounds; round += 1) found.push(await measure());
for (const name of Object.keys(found[0])) {
  console.log(
    `${name.padEnd(46)} ${median(found.map((figures) => figures[name]))
      .toFixed(0)
      .padStart(5)}`,
  );
}
process.exit();

async function measure() {
  const begun = performance.now();
  swarm = spawn(node, [SWARM, '-r', './app/jobs.js'], {
    cwd: BENCH,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      SWARM_COUNT: String(count),
      SWARM_MODE: 'fork',
      SWARM_PRELOAD_APP: '1',
      SWARM_LOG_FORMAT: 'json',
      BENCH_SOCKET: socket,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(swarm, 'exit');
  const log = new Log(swarm.stdout);
  const spawned = await firstChild(swarm.pid);
  const boot = await log.event('boot');
  const started = await log.event('worker.start');
  const ready = await log.event('worker.ready', count);
  const times = [];
  for (const { pid } of log.events('worker.ready').slice(0, kills)) times.push(await replace(pid, log));
  swarm.kill('SIGTERM');
  await gone;
  const replacement = (part) => (times.length === 0 ? Number.NaN : median(times.map((each) => each[part])));
  return {
    'command to mold: start of the supervisor': spawned - begun,
    'mold: Node, tracing, collections, trial fork': boot.at - spawned - boot.preload_ms,
    'mold: loading': boot.preload_ms,
    'boot line to the first fork': started.at - boot.at,
    'first fork to all ready': ready.at - started.at,
    total: ready.at - begun,
    'replacement: KILL to its exit': replacement('exit'),
    'replacement: exit to forked': replacement('start'),
    'replacement: forked to ready': replacement('ready'),
  };
}

async function replace(pid, log) {
  // Let the supervisor come to rest.
  await sleep(500);
  const [exits, starts] = ['worker.exit', 'worker.start'].map((event) => log.events(event).length + 1);
  const readies = log.events('worker.ready').length + 1;
  const killed = performance.now();
  process.kill(pid, 'SIGKILL');
  const exit = await log.event('worker.exit', exits);
  const start = await log.event('worker.start', starts);
  const ready = await log.event('worker.ready', readies);
  return { exit: exit.at - killed, start: start.at - exit.at, ready: ready.at - start.at };
}

/** Waits until a process has a child. @returns the time */
async function firstChild(pid) {
  while (readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8') === '') await sleep(1);
  return performance.now();
}
