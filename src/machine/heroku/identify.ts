import type { Reading } from '../reading.ts';
import { CATALOG, type DynoType } from './catalog.ts';

/** What a process in a dyno sees. Heroku does not expose the dyno type. */
export interface Traits {
  /** The value of DYNO: "worker.2" on Cedar, "worker-23z34x56y-w78k9" on Fir. */
  readonly dyno: string;
  readonly memory: Reading;
  readonly cpu: Reading | undefined;
  readonly seenCores: number;
  readonly processes: Reading | undefined;
}

/** The CPU quota of a Fir dyno, as a fraction of its vCPUs. */
const FIR_SHARE = 0.9;

/**
 * Infers the dyno type from all these traits. Returns several types if Heroku sells the same machine under several
 * names, and none on other platforms that set DYNO, such as Dokku or foreman.
 */
export function identify({ dyno, memory, cpu, seenCores, processes }: Traits): DynoType[] {
  const sized = CATALOG.filter((type) => type.memory === memory.value);
  // Cedar has cgroups version 1, and no CPU quota.
  if (memory.source.endsWith('/memory.limit_in_bytes') && /^[\w-]+\.\d+$/.test(dyno)) {
    const cedar = sized.filter(({ generation }) => generation === 'Cedar');
    const withCores = narrow(cedar, (type) => type.seenCores === seenCores);
    return narrow(withCores, (type) => type.processes.includes(processes?.value ?? 0));
  }
  if (memory.source.endsWith('/memory.max') && /^[\w-]+$/.test(dyno)) {
    return sized.filter(({ generation, cores }) => generation === 'Fir' && (!cpu || cores === firCores(cpu)));
  }
  return [];
}

/** The types that match, or all of them if none does, because Heroku may have changed this trait. */
function narrow(types: DynoType[], isSo: (type: DynoType) => boolean): DynoType[] {
  const left = types.filter(isSo);
  return left.length > 0 ? left : types;
}

function firCores(cpu: Reading): number {
  const cores = cpu.value / FIR_SHARE;
  return Math.abs(cores - Math.round(cores)) < 0.01 ? Math.round(cores) : Number.NaN;
}
