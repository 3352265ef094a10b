import { close, url } from 'node:inspector';
import type { Output } from '../log/output.ts';

/**
 * Closes an inspector that SIGUSR1 has opened. To swarm this signal means quiet. But before the first line of bin/swarm
 * listens for it, Node opens a port through which anyone on this machine can run code.
 */
export function closeUnaskedInspector(): void {
  if (!givenFlags().includes('--inspect') && url() !== undefined) close();
}

/**
 * Prints Node's warnings from now on, unless an option tells Node to treat them differently. Node itself would block
 * until stderr is read.
 */
export function showWarnings(stderr: Output): void {
  // With --no-warnings, nothing listens for warnings.
  if (process.listenerCount('warning') === 0 || /--(disable|redirect|trace)-warning/.test(givenFlags())) return;
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => stderr.write(`(node:${process.pid}) ${name}: ${message}\n`));
}

function givenFlags(): string {
  return [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
}
