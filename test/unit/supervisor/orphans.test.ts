import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/supervisor/actions.ts';
import { nextWake } from '../../../src/supervisor/deadlines.ts';
import { left, Simulation } from './simulation.ts';

const STOP = { type: 'stop', by: 'SIGTERM' } as const;
const FFMPEG = { pid: 900, name: 'ffmpeg' };
const CHROME = { pid: 901, name: 'chrome' };

/** The signals that orphans get. */
function told(actions: readonly Action[]): [pid: number, signal: string][] {
  return actions.flatMap((action) => (action.type === 'signal-orphan' ? [[action.pid, action.signal]] : []));
}

function find(swarm: Simulation, ...orphans: { pid: number; name: string }[]): Action[] {
  swarm.orphans = orphans;
  return swarm.event({ type: 'orphans', orphans });
}

function entries(swarm: Simulation, event: string): string[] {
  return swarm.entries.filter((entry) => entry.event === event).map(({ message }) => message);
}

describe('orphans', () => {
  test('are not searched for while the swarm runs or is quiet', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.orphans = [FFMPEG];
    swarm.exit(1, { signal: 'SIGKILL' });
    swarm.pass(60_000);
    swarm.event({ type: 'quiet', by: 'SIGUSR1' });
    swarm.pass(60_000);
    expect(swarm.actions.some(({ type }) => type === 'find-orphans' || type === 'signal-orphan')).toBe(false);
  });

  test('get TERM once at the stop, and do not delay it once they are gone', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.orphans = [FFMPEG];
    expect(told(swarm.event(STOP))).toEqual([
      [900, 'SIGTERM'],
      [900, 'SIGCONT'],
    ]);
    expect(told(find(swarm, FFMPEG))).toEqual([]);
    find(swarm);
    expect(left(swarm.exit(1))).toBe(0);
    expect(nextWake(swarm.fleet)).toBe(Infinity);
  });

  test('that appear later get TERM when they appear', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event(STOP);
    expect(told(find(swarm, FFMPEG)).map(([pid]) => pid)).toEqual([900, 900]);
    expect(told(find(swarm, FFMPEG, CHROME)).map(([pid]) => pid)).toEqual([901, 901]);
  });

  test('are searched for repeatedly, because an orphan can appear without a SIGCHLD', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event(STOP);
    const before = swarm.actions.length;
    swarm.pass(5000);
    const looks = swarm.actions.slice(before).filter(({ type }) => type === 'find-orphans');
    expect(looks.length).toBeGreaterThanOrEqual(4);
    expect(looks.length).toBeLessThanOrEqual(6);
  });

  test('keep the supervisor running until they are gone, even if all workers have left', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event(STOP);
    swarm.orphans = [FFMPEG];
    expect(left(swarm.exit(1))).toBeUndefined();
    expect(left(find(swarm))).toBe(0);
  });

  test('that the last worker leaves behind are found before the supervisor leaves', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event(STOP);
    // No orphans before the worker exits.
    find(swarm);
    swarm.orphans = [FFMPEG];
    expect(told(swarm.exit(1))).toContainEqual([900, 'SIGTERM']);
    expect(swarm.fleet.phase).toBe('stopping');
  });

  test('are named and killed at the deadline of the stop, without an effect on the exit status', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.orphans = [FFMPEG, CHROME];
    swarm.event(STOP);
    swarm.exit(1);
    swarm.pass(24_999);
    expect(told(swarm.actions).some(([, signal]) => signal === 'SIGKILL')).toBe(false);
    swarm.pass(1);
    expect(told(swarm.actions).filter(([, signal]) => signal === 'SIGKILL')).toEqual([
      [900, 'SIGKILL'],
      [901, 'SIGKILL'],
    ]);
    expect(entries(swarm, 'orphan.kill')).toEqual([
      'killing 2 processes that workers left behind and that did not stop: ffmpeg (pid 900), chrome (pid 901)',
    ]);
    swarm.pass(2000);
    expect(entries(swarm, 'orphan.kill')).toHaveLength(1);
    expect(left(find(swarm))).toBe(0);
  });

  test('that survive KILL, such as those of another user, are named and left behind', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.orphans = [FFMPEG];
    swarm.event(STOP);
    swarm.exit(1);
    swarm.pass(27_999);
    expect(left(swarm.actions)).toBeUndefined();
    swarm.pass(1);
    expect(left(swarm.actions)).toBe(0);
    expect(entries(swarm, 'orphan.kill').at(-1)).toBe(
      'swarm cannot kill 1 process that workers left behind, perhaps for lack of permission. Still running: ffmpeg (pid 900)',
    );
  });

  test('that appear after the deadline are killed immediately', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event(STOP);
    swarm.pass(25_000);
    swarm.orphans = [FFMPEG];
    expect(told(swarm.exit(1, { signal: 'SIGKILL' }))).toEqual([[900, 'SIGKILL']]);
    // An orphan of that orphan.
    expect(told(find(swarm, CHROME))).toEqual([[901, 'SIGKILL']]);
    expect(left(find(swarm))).toBe(1);
  });

  test('are killed at a second INT, which does not change the exit status if no worker is left', () => {
    const swarm = new Simulation({ count: 1, interactive: true }).boot();
    swarm.orphans = [FFMPEG];
    swarm.event({ type: 'interrupt' });
    swarm.exit(1);
    swarm.pass(1000);
    expect(told(swarm.event({ type: 'interrupt' }))).toEqual([[900, 'SIGKILL']]);
    expect(left(find(swarm))).toBe(0);
  });

  test('with a reused pid count as new', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.orphans = [FFMPEG];
    swarm.event(STOP);
    find(swarm);
    expect(told(find(swarm, { pid: 900, name: 'sh' }))).toContainEqual([900, 'SIGTERM']);
  });

  test('are counted if there are too many to name', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.orphans = Array.from({ length: 5000 }, (_, at) => ({ pid: 1000 + at, name: 'a name of 15 ch' }));
    swarm.event(STOP);
    const [line = ''] = entries(swarm, 'orphan.stop');
    expect(line).toMatch(/, and 4980 more$/);
    expect(line.length).toBeLessThan(1000);
  });
});
