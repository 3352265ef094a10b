import { closeSync, constants, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { SlowReader } from '../support/slow-reader.ts';
import { Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const CLEAN = { code: 0, signal: null };

/** Checks the long line of writes-much.mjs. A pipe takes it in pieces, with log lines in between. */
function expectAllOfMuch(text: string): void {
  const [much] = /^much .* end$/ms.exec(text.replace(/\{"level":.*?\}\n/g, '')) ?? [];
  expect(much).toBe(`much ${'.'.repeat(1_000_000)} end`);
}

test.each<[string, NodeJS.ProcessEnv]>([
  ['whose event loop runs empty', {}],
  ['whose event loop stays active', { KEEPS_RUNNING: '1' }],
  ['in inline mode', { SWARM_MODE: 'inline', KEEPS_RUNNING: '1' }],
])('a drained worker %s finishes its pending writes', async (_, env) => {
  const log = join(await temporaryDirectory(), 'log');
  const file = `${log}.0`;
  const swarm = new Swarm(['-r', './writes-much.mjs'], { env: { COUNT: '1', FILE: log, ...env } });
  if (env['SWARM_MODE'] === 'inline') await swarm.processesAre('a file', () => existsSync(file));
  else await swarm.event('worker.ready');
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(lines.map((line) => line.split('.')[0])).toEqual(Array.from({ length: 20 }, (_, at) => `line ${at + 1} `));
  expectAllOfMuch(swarm.lines.join('\n'));
});

test('a slow reader gets everything that a drained worker wrote', async () => {
  const reader = await SlowReader.open();
  const file = join(await temporaryDirectory(), 'log');
  const env = { COUNT: '1', FILE: file, KEEPS_RUNNING: '1' };
  const swarm = new Swarm(['-r', './writes-much.mjs'], { env, stdout: reader.writer });
  closeSync(reader.writer);
  await swarm.processesAre('a worker', () => existsSync(`${file}.0`));
  swarm.signal('SIGTERM');
  const [text, exit] = await Promise.all([reader.text(), swarm.exited]);
  expect(exit).toEqual(CLEAN);
  expectAllOfMuch(text);
});

test.each(['./writes-much.mjs', './writes-on.mjs'])(
  'a reader that stops reading does not delay the stop: %s',
  async (module) => {
    const path = join(await temporaryDirectory(), 'fifo');
    await execa('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    onTestFinished(() => [reader, writer].forEach(closeSync));
    const file = join(await temporaryDirectory(), 'log');
    // Longer than the timeout of a test.
    const env = { COUNT: '2', FILE: file, SWARM_TIMEOUT: '600' };
    const swarm = new Swarm(['-r', module], { env, stdout: writer });
    await swarm.processesAre('two workers', () => existsSync(`${file}.0`) && existsSync(`${file}.1`));
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  },
);
