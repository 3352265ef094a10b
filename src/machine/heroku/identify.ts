import type { Reading } from '../reading.ts';
import { CATALOG, type DynoType } from './catalog.ts';

/** What a process in a dyno can see. Nothing there names its type. */
export interface Traits {
  /** The value of DYNO: "worker.2" on Cedar, "worker-23z34x56y-w78k9" on Fir. */
  readonly dyno: string;
  readonly memory: Reading;
  readonly cpu: Reading | undefined;
  readonly seenCores: number;
  readonly processes: Reading | undefined;
}

/** On Fir the quota of processor time is that much of a dyno's vCPUs. */
const FIR_SHARE = 0.9;

/**
 * The types that look like this; none if it is no dyno, although DYNO is set, as it is under Dokku or foreman. There may be
 * several: what Heroku sells under two names can be the same to see.
 */
export function identify({ dyno, memory, cpu, seenCores, processes }: Traits): DynoType[] {
  const sized = CATALOG.filter((type) => type.memory === memory.value);
  // Cedar shows a file of version 1, and limits no processor time.
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

/** Those of which it is true; all of them where it is of none: Heroku may have changed what it says there. */
function narrow(types: DynoType[], isSo: (type: DynoType) => boolean): DynoType[] {
  const left = types.filter(isSo);
  return left.length > 0 ? left : types;
}

function firCores(cpu: Reading): number {
  const cores = cpu.value / FIR_SHARE;
  return Math.abs(cores - Math.round(cores)) < 0.01 ? Math.round(cores) : Number.NaN;
}
