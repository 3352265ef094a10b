import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { has } from '../support/needs.ts';
import { installWith } from '../support/package.ts';
import { Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Fills its stderr until not one more byte fits, then executes its arguments. */
const FILLING = `
import os, sys
os.set_blocking(2, False)
for size in (65536, 1):
    try:
        while True: os.write(2, b"x" * size)
    except BlockingIOError: pass
os.set_blocking(2, True)
os.execvp(sys.argv[1], sys.argv[1:])`;
const FULL = ['python3', '-c', FILLING];
const whereFull = test.runIf(has('python3', 'a full stderr'));

type Options = NonNullable<ConstructorParameters<typeof Swarm>[1]>;

/**
 * Spoils stderr, then makes slot 1 fail with an error that belongs there. Expects the swarm to keep running: it
 * retries, replaces the worker in slot 0, and stops with status 0.
 */
async function survives(spoil: (swarm: Swarm) => void, options: Options = {}): Promise<void> {
  const GO = join(await temporaryDirectory(), 'go');
  const swarm = new Swarm(['-r', './boots-in-slot-0.mjs'], { ...options, env: { COUNT: '2', GO, ...options.env } });
  const { pid } = await swarm.event('worker.ready');
  spoil(swarm);
  writeFileSync(GO, '');
  await swarm.event('worker.failed', 2);
  process.kill(pid as number, 'SIGKILL');
  await swarm.event('worker.ready', 2);
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
}

test('a closed stderr does not end swarm', async () => {
  await survives((swarm) => swarm.closeErrors());
});

test('a stderr pipe without a reader does not end swarm', async () => {
  const { reader, writer } = await pipe();
  await survives(() => closeSync(reader), { stderr: writer });
});

whereFull('a full stderr pipe does not end or block swarm', async () => {
  const { reader, writer } = await pipe();
  onTestFinished(() => closeSync(reader));
  await survives(() => {}, { stderr: writer, prefix: FULL });
});

whereFull('a full stderr socket does not end or block swarm', async () => {
  await survives(() => {}, { stderr: 'unread', prefix: FULL });
});

test('a full stderr device does not end swarm', async () => {
  const full = openSync('/dev/full', constants.O_WRONLY);
  onTestFinished(() => closeSync(full));
  await survives(() => {}, { stderr: full });
});

test.runIf(has('root', 'a full disk'))('a stderr file on a full disk does not end swarm', async () => {
  const disk = await temporaryDirectory();
  const script = `mount -t tmpfs -o size=4k none ${disk} && exec 2>${disk}/stderr && head -c 8k /dev/zero >&2; exec "$@"`;
  await survives(() => {}, { prefix: ['unshare', '--mount', 'sh', '-c', script, 'sh'] });
});

whereFull('a warning of Node does not block swarm on a full stderr pipe', async () => {
  const { reader, writer } = await pipe();
  onTestFinished(() => closeSync(reader));
  const bin = await installWith("process.on('SIGCHLD', () => process.emitWarning('a child has ended'));");
  await survives(() => {}, { stderr: writer, prefix: FULL, bin });
});

whereFull('an error that keeps swarm from starting does not block it on a full stderr pipe', async () => {
  const { reader, writer } = await pipe();
  onTestFinished(() => closeSync(reader));
  const swarm = new Swarm(['-r', './nowhere.mjs'], { stderr: writer, prefix: FULL });
  expect(await swarm.exited).toEqual({ code: 1, signal: null });
});

test('if stderr is stdout (2>&1), all lines are whole, and a stack precedes its log line', async () => {
  const path = join(await temporaryDirectory(), 'log');
  const file = openSync(path, 'a');
  onTestFinished(() => closeSync(file));
  const swarm = new Swarm(['-r', './throws.mjs'], { env: { COUNT: '2' }, stdout: file, stderr: file });
  expect(await swarm.exited).toEqual({ code: 1, signal: null });
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  for (const line of lines) if (line.startsWith('{')) expect(() => JSON.parse(line)).not.toThrow();
  const stack = lines.indexOf('Error: no such database');
  expect(lines[stack + 1]).toMatch(/^ {4}at file:.*throws\.mjs:5:7$/);
  const next = lines.slice(stack).find((line) => line.startsWith('{'));
  expect(next).toContain('"event":"worker.failed"');
});

async function pipe(): Promise<{ reader: number; writer: number }> {
  const path = join(await temporaryDirectory(), 'fifo');
  await execa('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  onTestFinished(() => closeSync(writer));
  return { reader, writer };
}
