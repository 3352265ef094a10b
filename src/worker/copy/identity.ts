import { syncBuiltinESMExports } from 'node:module';

/**
 * Replaces the mold's pid and uptime, which Node has cached, by this copy's. Call it before anything reads process.pid:
 * until then, `process.kill(process.pid)` signals the mold.
 *
 * @param pid the pid of this copy
 */
export function assumeIdentity(pid: number): void {
  // Read-only and enumerable, as in Node.
  Object.defineProperty(process, 'pid', { value: pid });
  const { uptime } = process;
  const born = uptime();
  process.uptime = { uptime: () => uptime() - born }.uptime;
  // Updates named imports from node:process.
  syncBuiltinESMExports();
}
