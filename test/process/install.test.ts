import { expect, test } from 'vitest';
import { install } from '../support/package.ts';
import { Swarm } from '../support/swarm.ts';

test.each(['json', 'pretty', 'logfmt'])(
  'the published files suffice to run a swarm, with a log in the format %s',
  async (format) => {
    const env = { COUNT: '1', SWARM_LOG_FORMAT: format };
    const swarm = new Swarm(['-r', './idle.mjs'], { bin: await install(), env });
    await swarm.until('ready', () => swarm.lines.some((line) => line.includes('is ready')));
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  },
);
