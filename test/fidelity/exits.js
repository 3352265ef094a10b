// Exits: workers that end while a V8 thread is compiling and the heap is full. Each worker of a real swarm warms up
// code, fills its heap, and ends in one of the ways below. A worker that does not exit has hung; the report shows its
// threads.
//
//   node exits.js [--exits 5000] [--ways exit,natural,uncaught,rejection] [--mode fork|spawn] [--workers 4]
//                 [--patience seconds] [--seed N] [--node PATH]
//
// SWARM_TEST_GDB=1 adds a backtrace of each thread.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeThreads } from './tasks.js';

const BIN = fileURLToPath(new URL('../../bin/swarm', import.meta.url));
const WORKER = fileURLToPath(new URL('./exits/worker.mjs', import.meta.url));
const FUNCTIONS = fileURLToPath(new URL('./exits/functions.cjs', import.meta.url));
/** Hangs after which the test stops. */
const ENOUGH = 20;
const STATUS = { exit: 3, natural: 0, uncaught: 1, rejection: 1 };

const { values: options } = parseArgs({
  options: {
    exits: { type: 'string', default: '5000' },
    ways: { type: 'string', default: 'exit,natural,uncaught,rejection' },
    mode: { type: 'string', default: 'fork' },
    workers: { type: 'string', default: '4' },
    patience: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    node: { type: 'string', default: process.execPath },
  },
});
const PATIENCE = 1000 * Number(options.patience);
const wanted = Number(options.exits);
/** Ending workers by pid: what each has announced, and the timer after which it counts as hung. */
const ending = new Map();
/** How often each end occurred, by exit status or signal. */
const ends = new Map();
const failures = [];
let exits = 0;
let hangs = 0;
let over = false;

const swarm = spawn(options.node, [BIN, '-r', WORKER], {
  env: {
    ...process.env,
    COUNT: options.workers,
    SWARM_MODE: options.mode,
    SWARM_PRELOAD: FUNCTIONS,
    SWARM_MAXMEM_MB: '0',
    SWARM_LOG_FORMAT: 'json',
    EXITS_SEED: options.seed,
    EXITS_WAYS: options.ways,
  },
  // stderr would show a thousand uncaught exceptions.
  stdio: ['ignore', 'pipe', 'ignore'],
});
// Its workers then stop by themselves.
process.on('exit', () => swarm.kill('SIGKILL'));
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(1));
createInterface(swarm.stdout).on('line', (line) => {
  if (line.startsWith('{"level"')) logged(JSON.parse(line));
  else said(line.split(' '));
});
const [code, signal] = await once(swarm, 'exit');
report();

function logged({ event, pid, status, signal, msg }) {
  // After USR2, a worker stops without a time limit and is replaced immediately.
  if (event === 'worker.ready' && !over) process.kill(pid, 'SIGUSR2');
  if (event === 'worker.exit') ended(pid, signal ?? status, msg);
}

function said([word, pid, way]) {
  if (word === 'ending') ending.set(Number(pid), { way, heard: false, timer: setTimeout(hung, PATIENCE, Number(pid)) });
  if (word === 'exit' && ending.has(Number(pid))) ending.get(Number(pid)).heard = true;
}

function hung(pid) {
  const { way, heard } = ending.get(pid);
  hangs += 1;
  failures.push(`hang (${way}, ${heard ? 'after' : 'before'} its exit listeners)\n${describeThreads(pid)}`);
  process.kill(pid, 'SIGKILL');
}

function ended(pid, end, msg) {
  const { way, heard, timer } = ending.get(pid) ?? {};
  clearTimeout(timer);
  ending.delete(pid);
  // TERM may have reached workers that were still starting.
  if (over) return;
  ends.set(end, (ends.get(end) ?? 0) + 1);
  exits += 1;
  const expected = STATUS[way];
  if (end !== 'SIGKILL' && !(heard && end === expected)) {
    failures.push(`${msg} (${way ?? 'before its end'}, ${heard ? 'after' : 'without'} its exit listeners)`);
  }
  over = exits === wanted || hangs === ENOUGH;
  if (over) swarm.kill('SIGTERM');
}

function report() {
  if (code !== 0) failures.push(`the swarm ended with ${signal ?? code}`);
  for (const failure of failures) console.log(`FAILED: ${failure}`);
  const seen = [...ends].map(([end, times]) => `${times} × ${end}`).join(', ');
  console.log(`${options.mode}: ${exits} exits (${seen}), ${hangs} hangs, seed ${options.seed}`);
  if (failures.length > 0) process.exitCode = 1;
}
