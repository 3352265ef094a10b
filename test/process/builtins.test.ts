import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { fixture, NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

type Shapes = Record<string, string>;

/** Expected differences: what swarm adds, undici's global symbol, and listeners of process. */
const ADDED = /^(?:globalThis\.Symbol\((?:dyno-swarm|undici)|process\.(?:emit\b|_events))/;

test('the built-ins of Node look the same in a worker as in plain Node', async () => {
  const directory = await temporaryDirectory();
  const [inNode, inWorker] = [join(directory, 'node'), join(directory, 'worker')];
  const flags = ['--no-warnings'];
  const plain = execa(NODE, [...flags, fixture('builtins.cjs')], { env: { BUILTINS: inNode }, reject: false });
  const expected = await shapesIn(inNode);
  plain.kill();
  await plain;
  // With PORT, swarm also replaces methods of servers and sockets.
  const env = { COUNT: '1', PORT: '41283', BUILTINS: inWorker };
  const swarm = new Swarm(['-r', './builtins.cjs'], { env, flags });
  const seen = await shapesIn(inWorker);
  swarm.signal('SIGTERM');
  await swarm.exited;

  const names = new Set([...Object.keys(expected), ...Object.keys(seen)]);
  const differences = [...names].filter((name) => seen[name] !== expected[name] && !ADDED.test(name));
  expect(differences.map((name) => `${name}: ${expected[name]} is ${seen[name]}`)).toEqual([]);
});

async function shapesIn(file: string): Promise<Shapes> {
  for await (const _ of setInterval(10)) if (existsSync(file)) break;
  return JSON.parse(await readFile(file, 'utf8')) as Shapes;
}
