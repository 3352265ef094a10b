import { readFileSync } from 'node:fs';
import { memoryHierarchy } from '../support/memory-group.js';

/** See capabilities(7). */
const CAP_SYS_ADMIN = 1n << 21n;

/** A sentence that says why no dyno can be simulated here; undefined if one can. */
export function cannotSimulate() {
  const needs = 'A dyno is simulated with namespaces, mounts and a memory group';
  if (process.platform !== 'linux') return `${needs}, which only Linux has.`;
  if (!mayMount()) return `${needs}, which only root can create: run this as root.`;
  if (!memoryHierarchy()) return `${needs}, and no memory controller is mounted here.`;
  return undefined;
}

/** Root in a container often lacks the capability. */
function mayMount() {
  const [, capabilities] = /^CapEff:\s+(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return (BigInt(`0x${capabilities}`) & CAP_SYS_ADMIN) !== 0n;
}
