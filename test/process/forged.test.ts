import { randomInt } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { moldsOf, openFiles } from '../support/proc.ts';
import { kill } from '../support/processes.ts';
import { Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const CLEAN = { code: 0, signal: null };

/** A swarm whose workers write to their status channels whatever the test gives them. */
class Forgers {
  readonly swarm: Swarm;
  readonly #path: string;
  #count = 0;

  static async start(count: number): Promise<Forgers> {
    const forgers = new Forgers(count, await temporaryDirectory());
    await forgers.swarm.event('worker.ready', count);
    return forgers;
  }

  private constructor(count: number, directory: string) {
    this.#path = join(directory, 'say');
    const env = { COUNT: String(count), SAY: this.#path };
    this.swarm = new Swarm(['-r', './speaks.mjs'], { env });
  }

  /** Makes the worker with index 0 write this. */
  async write(text: string | Buffer): Promise<void> {
    this.#count += 1;
    const path = `${this.#path}.0.${this.#count}`;
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    await this.swarm.heard('said', this.#count);
  }

  /** Kills a worker, and waits for the next one with its index. */
  async replace(victim = 1): Promise<void> {
    const ready = () => this.swarm.events('worker.ready').filter(({ index }) => index === victim);
    const before = ready().length;
    kill(ready().at(-1)?.pid as number, 'SIGKILL');
    await this.swarm.until('another worker', () => ready().length > before);
  }
}

describe("a worker's message", () => {
  test('in the name of another worker is dropped, whatever its type', async () => {
    const { swarm, forgers } = await start();
    const [mold] = moldsOf(swarm);
    const [first, second] = pidsOf(swarm);
    const failure = { module: 'forged', while: 'loading', message: 'forged', stack: 'forged' };
    // Workers are numbered in the order of their starts: the neighbor, its successors, and unused numbers.
    const numbers = [2, 3, 4, 0, -1, 2 ** 53 - 1];
    const pids = [-1, 0, 1, first, second, mold ?? 1, swarm.pid, process.pid, 2 ** 31 + 1, 2 ** 32 + 1, 2 ** 53 - 1];
    const messages = numbers.flatMap((workerId) => [
      { type: 'online', workerId },
      { type: 'ready', workerId },
      { type: 'heartbeat', workerId, busy: 'forged', delay: 0, active: 0 },
      { type: 'quiet', workerId },
      { type: 'stopping', workerId, limited: true },
      { type: 'stopping', workerId, limited: false },
      { type: 'failed', workerId, failure },
      { type: 'snapshot', workerId, snapshot: 'forged', stack: '' },
      { type: 'fork-failed', workerId, reason: 'forged' },
      ...pids.map((pid) => ({ type: 'forked', workerId, pid })),
    ]);
    await forgers.write(lines(messages));
    await forgers.replace();
    expect(swarm.lines.filter((line) => line.includes('forged'))).toEqual([]);
    expect(swarm.errors).toEqual([]);
    expect(swarm.log.filter(({ level }) => level === 'error')).toEqual([]);
    // Only the worker that the test killed has ended.
    expect(swarm.events('worker.exit').map(({ pid }) => pid)).toEqual([second]);
    expect(moldsOf(swarm)).toEqual(mold === undefined ? [] : [mold]);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('in the name of the mold is dropped', async () => {
    const { swarm, forgers } = await start();
    const molds = moldsOf(swarm);
    const failure = { module: 'forged', while: 'preloading', message: 'forged', stack: 'forged' };
    await forgers.write(
      lines([
        { type: 'unfit', reason: 'forged' },
        { type: 'spoiled', packages: ['forged'] },
        { type: 'preload-failed', failure },
        { type: 'preloading', package: 'forged' },
        { type: 'left-out', package: 'forged', reason: 'forged' },
        { type: 'unsafe', package: 'forged', reason: 'forged' },
        { type: 'preloaded', packages: 99, milliseconds: 1, bytes: 1 },
      ]),
    );
    await forgers.replace();
    expect(swarm.lines.filter((line) => line.includes('forged'))).toEqual([]);
    expect(moldsOf(swarm)).toEqual(molds);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('without a line end does not swallow messages of other workers', async () => {
    const { swarm, forgers } = await start(4);
    for (const [position, text] of ['x', 'x'.repeat(5000), '{"type":"forked"'].entries()) {
      await forgers.write(text);
      await forgers.replace(position + 1);
    }
    expect(swarm.log.filter(({ level }) => level === 'error')).toEqual([]);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });
});

test('random bytes in a status channel harm no other worker', async () => {
  const { swarm, forgers } = await start();
  const molds = moldsOf(swarm);
  const seed = Buffer.from(
    lines([
      { type: 'stopping', workerId: 2, limited: true },
      { type: 'forked', workerId: 3, pid: swarm.pid },
      { type: 'heartbeat', workerId: 2, busy: 'ž'.repeat(100), delay: 0, active: 0 },
    ]),
  );
  for (let round = 0; round < 20; round += 1) {
    const bytes = Buffer.concat(Array<Buffer>(50).fill(seed));
    for (let change = 0; change < 10 * round; change += 1) bytes[randomInt(bytes.length)] = randomInt(256);
    await forgers.write(bytes);
  }
  await forgers.replace();
  expect(swarm.events('worker.exit').map(({ index }) => index)).toEqual([1]);
  expect(moldsOf(swarm)).toEqual(molds);
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
});

test('a worker that floods its channel does not keep others from starting, reporting and stopping', async () => {
  const swarm = new Swarm(['-r', './floods-channel.mjs'], { env: { COUNT: '3' } });
  await swarm.event('worker.ready', 2);
  await swarm.heard('full');
  const victim = swarm.events('worker.start').find(({ index }) => index === 1);
  kill(victim?.pid as number, 'SIGKILL');
  await swarm.until('the next worker', () => {
    return swarm.events('worker.ready').filter(({ index }) => index === 1).length === 2;
  });
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
  expect(swarm.errors).toEqual([]);
});

test('only the supervisor holds its end of a channel, and no worker holds the channel of another', async () => {
  const swarm = new Swarm(['-r', './idle.mjs', '-r', './has-child.mjs'], { env: { COUNT: '3' } });
  await swarm.event('worker.ready', 3);
  await swarm.heard('child', 3);
  // Replace one worker, so that its channel is newer than those of the others.
  kill(swarm.events('worker.ready')[0]?.pid as number, 'SIGKILL');
  await swarm.event('worker.ready', 4);
  const sockets = new Map(swarm.processes().map((pid) => [pid, socketsOf(pid)]));
  const owned = sockets.get(swarm.pid) ?? [];
  expect(owned.length).toBeGreaterThanOrEqual(3);
  for (const [pid, others] of sockets) {
    if (pid !== swarm.pid) expect(others.filter((socket) => owned.includes(socket))).toEqual([]);
  }
  const channels = swarm.processes().flatMap((pid) => openFiles(pid).get(3) ?? []);
  const ends = channels.filter((file) => file.startsWith('socket:') && !owned.includes(file));
  expect(new Set(ends).size).toBe(ends.length);
});

async function start(count = 2): Promise<{ swarm: Swarm; forgers: Forgers }> {
  const forgers = await Forgers.start(count);
  return { swarm: forgers.swarm, forgers };
}

function lines(messages: readonly object[]): string {
  return messages.map((message) => `${JSON.stringify(message)}\n`).join('');
}

/** The pids of the workers, by index. */
function pidsOf(swarm: Swarm): number[] {
  const ready = swarm.events('worker.ready').sort((a, b) => Number(a.index) - Number(b.index));
  return ready.map(({ pid }) => pid as number);
}

/** The sockets of a process except stdio, which all processes inherit from the test. */
function socketsOf(pid: number): string[] {
  const files = [...openFiles(pid)];
  return files.flatMap(([fd, file]) => (fd > 2 && file.startsWith('socket:') ? [file] : []));
}
