// Fuzzes the control socket of a swarm, and checks that the swarm is unaffected.
//
//   node test/fuzz/control.js [--seconds 60] [--seed 1]
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const BIN = new URL('../../bin/swarm', import.meta.url).pathname;
const MODULE = new URL('../fixtures/idle.mjs', import.meta.url).pathname;
const WORKERS = 4;
/** The number of concurrent connections: more than the server accepts. */
const CONNECTIONS = 40;
/** Milliseconds, enough for the slowest machine. */
const PATIENCE = 30_000;
/** The growth of the supervisor that is allowed in the last quarter, in bytes. Before that, its heap still warms up. */
const GROWTH = 4 * 1024 ** 2;
/** Connections that warm the heap up, however long a slow machine takes for them. */
const WARM_UP = 5000;

const METHODS = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'CONNECT', 'PRI', 'get', '', 'A'.repeat(5000)];
const PATHS = [
  '/status',
  '/metrics',
  '/',
  '/stop',
  '*',
  '/%00',
  '//status',
  '/status?a=b',
  'http://x/status',
  '/é',
  `/${'a/'.repeat(9000)}`,
];
const HEADERS = [
  'Host: a',
  'Content-Length: 5',
  'Content-Length: -5',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked, gzip',
  'Connection: upgrade\r\nUpgrade: websocket',
  'Connection: close',
  'Expect: 100-continue',
  'Expect: nonsense',
  ': empty',
  'a\0b: c',
  `X-Long: ${'x'.repeat(20_000)}`,
];

const QUESTION = 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
const random = generator(Number(values.seed));
const pick = (list) => list[Math.floor(random() * list.length)];

const directory = mkdtempSync(join(tmpdir(), 'swarm-fuzz-'));
const path = join(directory, 'control.sock');
const swarm = spawn(process.execPath, [BIN, '-r', MODULE], {
  env: {
    ...process.env,
    COUNT: String(WORKERS),
    SWARM_SOCKET: path,
    SWARM_LOG_FORMAT: 'json',
    // With a small heap V8 collects garbage often, so memory that remains has leaked.
    NODE_OPTIONS: '--max-semi-space-size=1 --max-old-space-size=64',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const gone = once(swarm, 'exit');
const events = [];
try {
  createInterface(swarm.stdout).on('line', (line) => line.startsWith('{"level"') && events.push(JSON.parse(line)));
  while (events.filter(({ event }) => event === 'worker.ready').length < WORKERS) await sleep(50);

  const { descriptors } = await look();
  const milliseconds = 1000 * Number(values.seconds);
  const first = await fuzz((milliseconds * 3) / 4, WARM_UP);
  await until('all connections are closed', () => countDescriptors() <= descriptors);
  const before = await look();
  const second = await fuzz(milliseconds / 4);
  await until('all connections are closed', () => countDescriptors() <= descriptors);
  const after = await look();

  console.log(`${first + second} connections; before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  assert.ok(after.private - before.private < GROWTH, 'memory leaks');
  assert.equal(after.ready, WORKERS, 'a worker was lost');
  const others = events.filter(({ event }) => !['boot', 'worker.start', 'worker.ready'].includes(event));
  assert.deepEqual(others, [], 'the swarm was affected');
} finally {
  swarm.kill('SIGTERM');
  assert.deepEqual(await gone, [0, null]);
  rmSync(directory, { recursive: true });
}

/** @returns the number of connections made: at least `least` */
async function fuzz(milliseconds, least = 0) {
  const end = performance.now() + milliseconds;
  let count = 0;
  const attack = async () => {
    while (performance.now() < end || count < least) {
      count += 1;
      await connectAndSend();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, attack));
  return count;
}

async function connectAndSend() {
  const socket = connect(path);
  socket.on('error', () => {}).resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // Some pipeline many requests, and read nothing.
  const isGreedy = random() < 0.1;
  if (isGreedy) socket.pause().write(QUESTION.repeat(1 + random() * 2000));
  for (let part = 0; part < 1 + random() * 3 && !isGreedy; part += 1) {
    socket.write(bytes());
    if (random() < 0.3) await sleep(random() * 5);
  }
  // Some destroy the connection, some close it properly, and some leave that to the server.
  const leave = random();
  if (leave < 0.4) socket.destroy();
  else if (leave < 0.8) socket.end();
  await Promise.race([closed, sleep(20)]);
  socket.destroy();
  await closed;
}

/** Random bytes, or an almost valid request. Never a POST, because only POST requests are commands. */
function bytes() {
  if (random() < 0.2) return Buffer.from(Array.from({ length: random() * 3000 }, () => random() * 256));
  const headers = Array.from({ length: random() * 5 }, () => pick(HEADERS));
  const text = [
    `${pick(METHODS)} ${pick(PATHS)} HTTP/${pick(['1.1', '1.0', '2.0', '9', ''])}`,
    ...headers,
    '',
    pick(['', '5\r\nhello\r\n0\r\n\r\n', 'ffffffffffffffff\r\n', 'x'.repeat(100_000)]),
  ].join(pick(['\r\n', '\r\n', '\n']));
  const mutated = Buffer.from(text, 'latin1');
  for (let change = random() * 4; change > 2; change -= 1)
    mutated[Math.floor(random() * mutated.length)] = random() * 256;
  return mutated.includes('POST') ? Buffer.alloc(1) : mutated;
}

async function look() {
  const { ready } = await status();
  const rollup = readFileSync(`/proc/${swarm.pid}/smaps_rollup`, 'utf8');
  const own = [...rollup.matchAll(/^Private_\w+: +(\d+) kB$/gm)].reduce(
    (sum, [, kilobytes]) => sum + 1024 * Number(kilobytes),
    0,
  );
  return { private: own, descriptors: countDescriptors(), ready };
}

function countDescriptors() {
  return readdirSync(`/proc/${swarm.pid}/fd`).length;
}

async function until(what, condition) {
  const end = performance.now() + PATIENCE;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`timed out waiting until ${what}`);
    await sleep(50);
  }
}

/** Requests the status. Retries while all connections are in use. */
async function status() {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answer = await new Promise((resolve) => {
      request({ socketPath: path, path: '/status', agent: false }, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(JSON.parse(text));
      })
        .on('error', () => resolve(undefined))
        .end();
    });
    if (answer) return answer;
    await sleep(100);
  }
  throw new Error('the control socket no longer answers');
}

/** A generator of random numbers, the same for the same seed (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
