import type { Output } from '../log/output.ts';

/**
 * Node prints its warnings itself, and waits for whoever reads stderr. From now on they go where nobody waits, unless an
 * option says that Node is to treat them in another way.
 */
export function showWarnings(stderr: Output): void {
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  // With --no-warnings nothing listens for them.
  if (process.listenerCount('warning') === 0 || /--(disable|redirect|trace)-warning/.test(flags)) return;
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => stderr.write(`(node:${process.pid}) ${name}: ${message}\n`));
}
