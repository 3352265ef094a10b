// Exits: workers that end while a thread of V8 compiles, and the heap is full. Each worker of a real swarm makes much code warm
// and keeps much garbage, ends in one of the ways below, and then has to be gone. One that stays is a hang; the report shows
// its threads.
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
/** Hangs after which there is nothing more to learn. */
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
/** By pid, what the workers that have begun to end have said, and the timers that judge them. */
const ending = new Map();
/** Times each end was seen: an exit status or a signal. */
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
  // The uncaught exceptions, a thousand times.
  stdio: ['ignore', 'pipe', 'ignore'],
});
// Its workers stop by themselves.
process.on('exit', () => swarm.kill('SIGKILL'));
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(1));
createInterface(swarm.stdout).on('line', (line) => {
  if (line.startsWith('{"level"')) logged(JSON.parse(line));
  else said(line.split(' '));
});
const [code, signal] = await once(swarm, 'exit');
report();

function logged({ event, pid, status, signal, msg }) {
  // USR2: it stops without a time limit, and the next one starts at once.
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
  // TERM may have met those that were starting.
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
