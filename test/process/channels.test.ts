import { execFileSync, spawn } from 'node:child_process';
import { closeSync, fstatSync, readSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
// Built, because it loads the addon from its own directory.
import { loadNative } from '../../dist/native/binding.js';

const native = loadNative();

describe('a message channel', () => {
  let [one, other] = [-1, -1];
  beforeEach(() => {
    [one, other] = native.openChannel('messages');
  });
  afterEach(() => {
    for (const fd of [one, other]) if (fd >= 0) closeSync(fd);
  });

  test('keeps messages apart, each with its descriptor', () => {
    const [a, b] = native.openChannel('stream');
    const texts = ['first', 'ž 日本 😀', 'x'.repeat(50_000)];
    for (const text of texts) native.sendMessage(one, text, a);
    for (const text of texts) {
      const received = native.receiveMessage(other);
      expect(received?.text).toBe(text);
      const { descriptor = -1 } = received ?? {};
      expect(fstatSync(descriptor).ino).toBe(fstatSync(a).ino);
      writeSync(descriptor, text[0] ?? '');
      closeSync(descriptor);
    }
    const bytes = Buffer.alloc(100);
    expect(bytes.toString('utf8', 0, readSync(b, bytes))).toBe('fžx');
    for (const fd of [a, b]) closeSync(fd);
  });

  test('reports the end at one side when the other is closed', () => {
    closeSync(one);
    one = -1;
    expect(native.receiveMessage(other)).toBeUndefined();
  });

  test('refuses a message that does not fit, and one without a receiver', () => {
    const codes = (text: string) => {
      try {
        for (let count = 0; count < 10_000; count += 1) native.sendMessage(one, text, 0);
        return 'sent';
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    };
    expect(codes('x'.repeat(10 ** 7))).toBe('EMSGSIZE');
    expect(['EAGAIN', 'ETOOMANYREFS']).toContain(codes('x'));
    closeSync(other);
    other = -1;
    // The first error differs because some messages were never read.
    expect(codes('x')).toBe('ECONNRESET');
    expect(codes('x')).toBe('EPIPE');
  });

  test('delivers the text without its descriptor to a process that cannot open another one', () => {
    native.sendMessage(one, 'text', 0);
    const own = (limit: string) => execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${limit}`]);
    const before = execFileSync('prlimit', [
      '--pid',
      String(process.pid),
      '--nofile',
      '--noheadings',
      '--output',
      'SOFT',
    ]);
    // prlimit itself needs some descriptors, so the test takes the rest only afterwards.
    own('40:');
    const taken: number[] = [];
    try {
      for (;;) taken.push(native.duplicate(0));
    } catch {
      // No descriptor is left.
    }
    const received = native.receiveMessage(other);
    for (const fd of taken) closeSync(fd);
    own(`${String(before).trim()}:`);
    expect(received).toEqual({ text: 'text', descriptor: undefined });
  });
});

test('a moved descriptor replaces another one, and children do not inherit it', () => {
  const [a, b] = native.openChannel('stream');
  const [c, d] = native.openChannel('stream');
  native.moveDescriptor(a, c);
  expect(() => fstatSync(a)).toThrow('EBADF');
  writeSync(c, 'x');
  expect(readSync(b, Buffer.alloc(10))).toBe(1);
  expect(String(execFileSync('ls', ['/proc/self/fd'])).split('\n')).not.toContain(String(c));
  for (const fd of [b, c, d]) closeSync(fd);
});

describe('a pid', () => {
  test('belongs to a running child, then to an ended one, then to no child', async () => {
    const child = spawn('sleep', ['1000']);
    const pid = child.pid as number;
    expect(native.childState(pid)).toBe('running');
    process.kill(pid, 'SIGKILL');
    // Node reaps the child only when the event loop turns.
    while (native.childState(pid) === 'running');
    expect(native.childState(pid)).toBe('ended');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(native.childState(pid)).toBeUndefined();
  });

  test.each([0, -1, 1, process.pid, process.ppid, 2 ** 31 - 1])('%i belongs to no child', (pid) => {
    expect(native.childState(pid)).toBeUndefined();
  });

  test('of this process comes from the addon', () => expect(native.pid()).toBe(process.pid));
});
