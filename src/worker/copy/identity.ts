import { syncBuiltinESMExports } from 'node:module';

/**
 * Makes what Node remembers of the original this copy's own. It comes before anything else that reads process.pid: until then,
 * `process.kill(process.pid)` would hit the original.
 *
 * @param pid the copy's own, which Node does not know
 */
export function assumeIdentity(pid: number): void {
  // Read-only and enumerable, as Node's own is.
  Object.defineProperty(process, 'pid', { value: pid });
  const { uptime } = process;
  const born = uptime();
  process.uptime = { uptime: () => uptime() - born }.uptime;
  // For those who import them by name from node:process.
  syncBuiltinESMExports();
}
