import { expect, test } from 'vitest';
import { Swarm } from '../support/swarm.ts';

test.each([
  ['fork', [], {}],
  ['spawn', [], {}],
  ['fork', ['--no-warnings', '--conditions=mine'], {}],
  ['spawn', ['--no-warnings', '--conditions=mine'], {}],
  ['fork', ['--no-warnings'], { NODE_OPTIONS: '--no-deprecation' }],
  ['spawn', ['--no-warnings'], { NODE_OPTIONS: '--no-deprecation' }],
])(
  'threads get the Node options of their worker, which are those of swarm, and pass them on: %s %j',
  async (mode, flags, env) => {
    const limited = { SWARM_MODE: mode, COUNT: '1', SWARM_MEMORY_MB: '512', ...env };
    const swarm = new Swarm(['-r', './thread-options.mjs'], { flags, env: limited });
    const [line = ''] = await swarm.heard('options');
    const { NODE_OPTIONS: options = null } = env as NodeJS.ProcessEnv;

    expect(JSON.parse(line.split(' ').slice(2).join(' '))).toEqual({
      execArgv: flags,
      thread: flags,
      nested: flags,
      options,
    });
  },
);
