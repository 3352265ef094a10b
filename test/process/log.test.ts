import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('the first line of the log is the boot line, with what swarm decided', async () => {
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '2' } });
  const boot = await swarm.event('boot');
  expect(swarm.lines[0]).toContain('"event":"boot"');
  expect(boot).toMatchObject({ level: 'info', workers: 2, mode: MODE });
  expect(boot.msg).toMatch(
    new RegExp(`^swarm boot: 2 workers (?:on a machine with|within) \\d+ MB and \\d+ cores?, ${MODE} mode`),
  );
});

test('on a dyno the log is logfmt without timestamps', async () => {
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '1', DYNO: 'worker.1' } });
  await swarm.until('ready', () => swarm.lines.some((line) => line.includes('event=worker.ready')));
  swarm.signal('SIGTERM');
  await swarm.exited;
  expect(swarm.lines[0]).toMatch(
    new RegExp(`^level=info event=boot workers=1 index=0 mode=${MODE} (?:.* )?msg="swarm boot: `),
  );
  expect(swarm.lines).toContainEqual(expect.stringMatching(/^level=info event=worker\.exit worker=0 index=0 pid=\d+ /));
  expect(swarm.lines.join('\n')).not.toMatch(/time=/);
});

test('SWARM_LOG_LEVEL leaves out lines of lower levels', async () => {
  const swarm = new Swarm(['-r', './throws.mjs'], { env: { COUNT: '1', SWARM_LOG_LEVEL: 'error' } });
  await swarm.exited;
  expect(new Set(swarm.log.map(({ level }) => level))).toEqual(new Set(['error']));
});

test('the log names variables that have no effect', async () => {
  const swarm = new Swarm(['-r', './idle.mjs'], {
    env: { COUNT: '1', SWARM_MODE: 'spawn', SWARM_PRELOAD_APP: '1' },
  });
  expect((await swarm.event('boot', 2)).msg).toBe('SWARM_PRELOAD_APP has no effect in spawn mode');
});

test('swarm keeps running when nobody reads the log any more', async () => {
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '1' } });
  const { pid } = await swarm.event('worker.ready');
  swarm.closeOutput();
  process.kill(pid as number, 'SIGKILL');
  await swarm.processesAre(
    'the supervisor and a new worker',
    (pids) => pids.length === 2 && !pids.includes(pid as number),
  );
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
});

test('a log that cannot be written, as on a full disk, does not prevent a stop', async () => {
  const full = openSync('/dev/full', constants.O_WRONLY);
  onTestFinished(() => closeSync(full));
  const swarm = new Swarm(['-r', './silent.mjs'], { env: { COUNT: '1' }, stdout: full });
  await swarm.processesAre('the supervisor and a worker', (pids) => pids.length === 2);
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
});

describe('a log that nobody reads does not prevent a stop', () => {
  test('if it is a pipe', async () => {
    const path = join(await temporaryDirectory(), 'fifo');
    await execa('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    onTestFinished(() => [reader, writer].forEach(closeSync));
    const swarm = await flood(writer);
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });

  test('if it is a socket, although a write that has begun can end in KILL', async () => {
    const swarm = await flood('unread');
    swarm.closeOutput();
    expect(await swarm.exited).toSatisfy(({ code, signal }) => code === 0 || signal === 'SIGKILL');
  });

  async function flood(stdout: number | 'unread'): Promise<Swarm> {
    const go = join(await temporaryDirectory(), 'go');
    const swarm = new Swarm(['-r', './floods.mjs'], { env: { COUNT: '1', GO: go }, stdout });
    await swarm.processesAre('flooding', () => existsSync(go));
    swarm.signal('SIGTERM');
    await swarm.gone();
    return swarm;
  }
});
