import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isHandled, sentinel } from '../../../../src/worker/signals/signal-listeners.ts';

/** A signal that signal-exit handles and nothing else in this process does. */
const SIGNAL = 'SIGXCPU';

function listen(listener: () => void): void {
  process.on(SIGNAL, listener);
  onTestFinished(() => void process.off(SIGNAL, listener));
}

describe('a signal is handled', () => {
  it('by a listener of the application', () => {
    expect(isHandled(SIGNAL, [])).toBe(false);
    listen(() => {});
    expect(isHandled(SIGNAL, [])).toBe(true);
  });

  it('by a listener about to be added', () => {
    expect(isHandled(SIGNAL, [], 1)).toBe(true);
  });

  it('not by swarm’s own listener', () => {
    listen(sentinel);
    expect(isHandled(SIGNAL, [])).toBe(false);
  });

  it('not by a listener that does the same as stop() of a drained service', () => {
    const own = () => {};
    listen(own);
    const service = { name: 'a service', takesWork: true, stop() {}, ownsListener: (each: unknown) => each === own };
    expect(isHandled(SIGNAL, [service])).toBe(false);
  });

  it('not by signal-exit, which acts only if there is no other listener', async () => {
    const child = execa('cat', { cleanup: true });
    expect(process.listenerCount(SIGNAL)).toBe(1);
    expect(isHandled(SIGNAL, [])).toBe(false);
    child.stdin.end();
    await child;
  });
});
