import { describe, expect, test } from 'vitest';
import type { Dyno } from './dyno.js';
import { describeDyno, simulate } from './simulate.ts';

/** Keeps four workers busy with jobs. */
const ENV = { COUNT: '4', JOB_MS: '300' };

describeDyno.each(['standard-1x', 'dyno-2c-1gb'])('swarm on %s', (type) => {
  describe.each(['fork', 'spawn'])('%s mode', (mode) => {
    test.each(['swarm -r ./jobs.mjs', 'cd . && exec swarm -r ./jobs.mjs'])(
      'finishes every current job when all processes get TERM, without R12: %s',
      async (command) => {
        const dyno = await simulate({ type, command, env: { ...ENV, SWARM_MODE: mode } });
        await dyno.log.line(/event=worker\.ready/, 4);
        await dyno.log.line(/^begin/, 4);
        expect(await dyno.stop()).toEqual({ status: 0, errors: [] });
        expect(jobs(dyno, 'done')).toEqual(jobs(dyno, 'begin'));
        expect(jobs(dyno, 'stopped')).toHaveLength(4);
        expect(dyno.log.of('app').find((line) => line.includes('event=boot'))).toContain(`mode=${mode}`);
      },
    );

    test('kills a stubborn worker before Heroku does', async () => {
      const env = { COUNT: '3', STUBBORN: '1', SWARM_MODE: mode, SWARM_TIMEOUT: '1' };
      const dyno = await simulate({ type, command: 'swarm -r ./stubborn.mjs', env });
      await dyno.log.line(/event=worker\.ready/, 3);
      expect(await dyno.stop()).toEqual({ status: 1, errors: [] });
      expect(await dyno.log.line(/event=worker\.kill worker=1 /)).toContain('reason=timeout');
    });
  });
});

describeDyno('a shell in front of swarm', () => {
  test('dies of TERM, which ends the dyno and cuts off every current job', async () => {
    const env = { ...ENV, JOB_MS: '1000000' };
    const dyno = await simulate({ type: 'standard-1x', command: 'cd . && swarm -r ./jobs.mjs; exit', env });
    await dyno.log.line(/^begin/, 4);
    expect(await dyno.stop()).toEqual({ status: 143, errors: [] });
    expect(jobs(dyno, 'done')).toEqual([]);
  });
});

function jobs(dyno: Dyno, word: string): string[] {
  return dyno.log
    .of('app')
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => line.slice(word.length + 1))
    .sort();
}
