import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { foreignListeners } from '../../../src/worker/signal-listeners.ts';

function listen(listener: () => void): void {
  process.on('SIGTERM', listener);
  onTestFinished(() => void process.off('SIGTERM', listener));
}

describe('listeners of the application', () => {
  it('are all but swarm’s own one', () => {
    listen(() => {});
    const before = foreignListeners('SIGTERM', []);

    listen(() => {});
    listen(() => {});

    expect(foreignListeners('SIGTERM', []) - before).toBe(2);
  });

  it('are not those of signal-exit, which act only where nobody else listens', async () => {
    listen(() => {});
    const [all, foreign] = [process.listenerCount('SIGTERM'), foreignListeners('SIGTERM', [])];

    const child = execa('cat', { cleanup: true });
    expect(process.listenerCount('SIGTERM')).toBe(all + 1);
    expect(foreignListeners('SIGTERM', [])).toBe(foreign);

    child.stdin.end();
    await child;
  });
});
