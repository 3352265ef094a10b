import { fstatSync, readdirSync, writeSync } from 'node:fs';

/** Writes per turn of the event loop. */
const WRITES = 200;
/** Worker ids to forge: more than a swarm uses in one run. */
const IDS = 400;

const failure = (n) => ({
  module: 'forged',
  while: 'loading',
  message: `forged ${n}`,
  stack: 'at forged\n'.repeat(200),
});

/** Each returns one line for worker `id`. `pid` belongs to another process. */
const LINES = [
  (id, pid) => JSON.stringify({ type: 'forked', workerId: id, pid }),
  (id) => JSON.stringify({ type: 'fork-failed', workerId: id, reason: 'forged' }),
  (id) => JSON.stringify({ type: 'stopping', workerId: id, limited: true }),
  (id) => JSON.stringify({ type: 'stopping', workerId: id, limited: false }),
  (id) => JSON.stringify({ type: 'failed', workerId: id, failure: failure(Math.random()) }),
  (id) => JSON.stringify({ type: 'snapshot', workerId: id, snapshot: 'x'.repeat(3000), stack: '' }),
  (id) => JSON.stringify({ type: 'heartbeat', workerId: id, busy: 'forged', delay: -1e308, active: 0 }),
  (id) => JSON.stringify({ type: ['quiet', 'ready', 'online'][id % 3], workerId: id }),
  () => JSON.stringify({ type: 'preloaded', packages: -1, milliseconds: 1e99, bytes: -5 }),
  () => JSON.stringify({ type: 'unfit', reason: 'forged' }),
  () => JSON.stringify({ type: 'spoiled', packages: ['forged'] }),
  () => JSON.stringify({ type: 'preload-failed', failure: failure(0) }),
  () => JSON.stringify({ type: 'left-out', package: 'forged', reason: 'forged' }),
  () => JSON.stringify({ type: 'unsafe', package: 'forged', reason: 'forged' }),
  () => '{"type":"ready","workerId":',
  () => 'x'.repeat(20_000),
  () => '\0\n\n\xff',
  () => '[]',
];

/** Writes forged messages and garbage to every socket of this process, until it is killed. */
export function forge() {
  const sockets = readdirSync('/proc/self/fd').map(Number).filter(isForeignSocket);
  const write = () => {
    for (let n = 0; n < WRITES; n++) for (const socket of sockets) tryToWrite(socket, line());
    setImmediate(write);
  };
  write();
}

function line() {
  const id = Math.floor(Math.random() * IDS);
  const pid = pick([-1, 0, 1, process.ppid, process.pid - 1, process.pid + 1, 2 ** 31, 2 ** 53 - 1]);
  // Now and then a line without an end merges with the next one.
  return `${pick(LINES)(id, pid)}${Math.random() < 0.9 ? '\n' : ''}`;
}

function isForeignSocket(fd) {
  try {
    return fd > 2 && fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}

function tryToWrite(fd, text) {
  try {
    writeSync(fd, text);
  } catch {
    // It is full, or not writable.
  }
}

function pick(list) {
  return list[Math.floor(Math.random() * list.length)];
}
