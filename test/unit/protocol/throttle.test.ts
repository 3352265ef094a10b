import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { throttle } from '../../../src/protocol/throttle.ts';

const KB = 1024;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A stream that delivers as much as is read, and a function that returns how much that was. */
function flood(): { stream: Readable; read: () => number } {
  let bytes = 0;
  const stream = new Readable({ read: () => void stream.push(Buffer.alloc(KB)), highWaterMark: KB });
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  throttle(stream);
  return { stream, read: () => bytes };
}

/** Lets the stream deliver everything that it can deliver now. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 2000; turn += 1) await new Promise(setImmediate);
}

test('an endless stream is read at a limited rate per second', async () => {
  const { stream, read } = flood();
  await turns();
  const first = read();
  expect(first).toBeGreaterThan(64 * KB);
  expect(first).toBeLessThanOrEqual(65 * KB);
  await turns();
  expect(read()).toBe(first);
  vi.advanceTimersByTime(1000);
  await turns();
  expect(read()).toBeGreaterThan(first + 64 * KB);
  expect(read()).toBeLessThanOrEqual(2 * first);
  stream.destroy();
});

test('a slow stream is never paused', () => {
  const stream = new Readable({ read() {} });
  throttle(stream);
  for (let second = 0; second < 100; second += 1) {
    stream.emit('data', Buffer.alloc(60 * KB));
    expect(stream.isPaused()).toBe(false);
    vi.advanceTimersByTime(1000);
  }
});

test('a closed stream leaves no timer', async () => {
  const { stream } = flood();
  await turns();
  expect(vi.getTimerCount()).toBe(1);
  stream.destroy();
  await turns();
  expect(vi.getTimerCount()).toBe(0);
});
