import { close, url } from 'node:inspector';
import type { Output } from '../log/output.ts';

/**
 * To Node, SIGUSR1 means an inspector, until something listens for that signal; and to swarm it means quiet. One that came
 * before the first line of bin/swarm has opened a port, behind which anybody on this machine can run code.
 */
export function closeUnaskedInspector(): void {
  if (!givenFlags().includes('--inspect') && url() !== undefined) close();
}

/**
 * Node prints its warnings itself, and blocks until stderr is read. From now on they go where nothing blocks, unless an
 * option tells Node to treat them in another way.
 */
export function showWarnings(stderr: Output): void {
  // With --no-warnings nothing listens for them.
  if (process.listenerCount('warning') === 0 || /--(disable|redirect|trace)-warning/.test(givenFlags())) return;
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => stderr.write(`(node:${process.pid}) ${name}: ${message}\n`));
}

function givenFlags(): string {
  return [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
}
