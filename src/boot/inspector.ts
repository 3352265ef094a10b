import { close, url } from 'node:inspector';

/**
 * To Node, SIGUSR1 means an inspector, until something listens for that signal; and to swarm it means quiet. One that came
 * before the first line of bin/swarm has opened a port, behind which anybody on this machine can run code.
 */
export function closeUnaskedInspector(): void {
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  if (!flags.includes('--inspect') && url() !== undefined) close();
}
