import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { application } from '../support/application.ts';
import { NODE, Swarm } from '../support/swarm.ts';

/** Has types, an import without extension, and an enum, which Node cannot strip. Rejects unknown arguments. */
const FILES = {
  'worker.ts': `
import { parseArgs } from 'node:util';
import { Queue } from './queue';
const { values } = parseArgs({ options: { queue: { type: 'string', short: 'q' } } });
const known: boolean = (values.queue as Queue) === Queue.Mail;
if (require.main === module) {
  console.log('started', JSON.stringify({ argv: process.argv, known, main: require.main.filename }));
  if (process.env.SWARM_SLOT !== undefined) setInterval(() => {}, 1000);
}
`,
  'queue.ts': "export enum Queue { Mail = 'mail' }",
  'tsconfig.json': { compilerOptions: { module: 'commonjs', target: 'es2022', esModuleInterop: true } },
};

const ENV = { TS_NODE_TRANSPILE_ONLY: 'true' };

describe.each(['ts-node/register', '@swc-node/register', 'esbuild-register', 'tsx/cjs'])('%s', (hook) => {
  test.each<[how: string, env: NodeJS.ProcessEnv]>([
    ['in a worker', {}],
    ['before the fork', { SWARM_PRELOAD_APP: '1' }],
    ['with the hook in NODE_OPTIONS', { NODE_OPTIONS: `-r ${hook}` }],
  ])('compiles the program as in plain Node: %s', async (_how, env) => {
    const cwd = await application(FILES);
    symlinkSync(join(import.meta.dirname, 'node_modules'), join(cwd, 'node_modules'));
    const given = env['NODE_OPTIONS'] ? [] : ['-r', hook];
    const plain = await execa(NODE, ['-r', hook, './worker.ts', '-q', 'mail'], { cwd, env: ENV });
    const swarm = new Swarm([...given, '-r', './worker.ts', '--', '-q', 'mail'], {
      cwd,
      env: { COUNT: '1', ...ENV, ...env },
    });
    const [started] = await swarm.heard('started');
    expect(started).toBe(plain.stdout);
    expect(started).toContain('"known":true');
    expect(swarm.errors).toEqual([]);
  });
});

test('tsx with --import compiles the program as in plain Node', async () => {
  const cwd = await application(FILES);
  symlinkSync(join(import.meta.dirname, 'node_modules'), join(cwd, 'node_modules'));
  const plain = await execa(NODE, ['--import', 'tsx', './worker.ts', '-q', 'mail'], { cwd });
  const env = { COUNT: '1', NODE_OPTIONS: '--import tsx' };
  const swarm = new Swarm(['-r', './worker.ts', '--', '-q', 'mail'], { cwd, env });
  expect(await swarm.heard('started')).toEqual([plain.stdout]);
});
