import { describe, expect, test } from 'vitest';
import type { LogLine } from '../support/log.ts';
import { fixture, Swarm } from '../support/swarm.ts';

/** Stack frames of the fixture. */
const SPIN = `spin (${fixture('spins.mjs')}:14:3)`;
const BEGIN = `begin (${fixture('spins.mjs')}:9:5)`;

function snapshot(swarm: Swarm, count = 1): Promise<LogLine & { snapshot?: string; stack?: string }> {
  return swarm.event('worker.snapshot', count);
}

describe('TTIN to a worker', () => {
  test('logs what it is busy with, its event loop and its memory', async () => {
    const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '1' } });
    const { pid } = await swarm.event('worker.ready');
    process.kill(pid as number, 'SIGTTIN');
    const { msg } = await snapshot(swarm);
    expect(msg).toMatch(/: busy with .*; event loop \d+% busy.*; \d+ MB resident; heap \d+ of \d+ MB$/);
  });

  test('that is idle logs a snapshot without a stack, every time', async () => {
    const swarm = new Swarm(['-r', './silent.mjs'], { env: { COUNT: '1' } });
    const { pid } = await swarm.event('worker.ready');
    for (let count = 1; count <= 3; count += 1) {
      process.kill(pid as number, 'SIGTTIN');
      expect((await snapshot(swarm, count)).stack).toBeUndefined();
    }
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });

  test('is answered repeatedly, with a stack, even while JavaScript blocks the event loop', async () => {
    const swarm = new Swarm(['-r', './spins.mjs'], { env: { COUNT: '1' } });
    const [said = ''] = await swarm.heard('spinning');
    const pid = Number(said.split(' ')[2]);
    const stacks: unknown[] = [];
    // At first the worker can still be inside say().
    while (stacks.filter((stack) => stack === `${SPIN} < ${BEGIN}`).length < 3) {
      process.kill(pid, 'SIGTTIN');
      stacks.push((await snapshot(swarm, stacks.length + 1)).stack);
    }
    const { msg } = await snapshot(swarm, stacks.length);
    expect(msg).toMatch(
      /: busy with .+ [\d.]+ s ago; event loop blocked for [\d.]+ s; \d+ MB resident; heap \d+ of \d+ MB$/,
    );
    expect(swarm.events('worker.exit')).toEqual([]);
  });

  test('with a blocked event loop does not postpone SWARM_HANG_TIMEOUT', async () => {
    const swarm = new Swarm(['-r', './spins.mjs'], { env: { COUNT: '1', SWARM_HANG_TIMEOUT: '2' } });
    const [said = ''] = await swarm.heard('spinning');
    const asking = setInterval(() => kill(Number(said.split(' ')[2])), 100);
    try {
      expect((await swarm.event('worker.kill')).reason).toBe('hung');
    } finally {
      clearInterval(asking);
    }
  });

  test('shows the stack in every log format', async () => {
    for (const [format, shown] of [
      ['logfmt', new RegExp(` stack="${escaped(SPIN)} < .*" msg="worker 0 `)],
      ['pretty', new RegExp(`^    at ${escaped(SPIN)}$`)],
    ] as const) {
      const swarm = new Swarm(['-r', './spins.mjs'], { env: { COUNT: '1', SWARM_LOG_FORMAT: format } });
      const [said = ''] = await swarm.heard('spinning');
      const asked = () => swarm.lines.filter((line) => line.includes('busy with')).length;
      while (!swarm.lines.some((line) => shown.test(line))) {
        const before = asked();
        process.kill(Number(said.split(' ')[2]), 'SIGTTIN');
        await swarm.until(`a snapshot as ${format}`, () => asked() > before);
      }
    }
  });
});

function escaped(text: string): string {
  return text.replace(/[()./]/g, '\\$&');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGTTIN');
  } catch {
    // It is already dead.
  }
}
