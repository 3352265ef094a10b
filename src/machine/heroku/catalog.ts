import { MB } from '../../text/units.ts';

export interface DynoType {
  readonly name: string;
  readonly generation: 'Cedar' | 'Fir';
  /** Its quota, bytes. Above it the dyno swaps, and Heroku logs R14. */
  readonly memory: number;
  /** Memory use at which Heroku kills the dyno (R15), bytes. */
  readonly killedAt: number;
  /** Cores that its processes can count on: the vCPUs of a dedicated dyno, or a fair share of a shared host. */
  readonly cores: number;
  readonly shared: boolean;
  /** Number of cores that a process sees; undefined on Fir, where they are the host's and do not identify the dyno. */
  readonly seenCores: number | undefined;
  /** Possible limits of processes and threads (`ulimit -u`); empty if not documented. */
  readonly processes: readonly number[];
}

// biome-ignore format: a table
const CEDAR: readonly [names: string, MB: number, cores: number, seen: number, processes: number[], r15: number][] = [
  // names                          MB  cores  seen  processes and threads  R15 at × MB
  ['standard-1x basic eco',        512,     2,    8, [256],                 2],
  ['standard-2x',                 1024,     4,    8, [512],                 2],
  ['private-s shield-s',          1024,     2,    2, [512],                 1],
  ['performance-m',               2560,     2,    2, [16_384],              2],
  ['private-m shield-m',          2560,     2,    2, [16_384],              1],
  ['performance-l',             14_336,     8,    8, [32_768],              2],
  ['private-l shield-l',        14_336,     8,    8, [32_768],              1],
  ['performance-l-ram',         30_720,     4,    4, [24_576, 16_384],      1.2],
  ['private-l-ram shield-l-ram', 30_720,    4,    4, [24_576, 16_384],      1],
  ['performance-xl',            63_488,     8,    8, [32_768],              1.2],
  ['private-xl shield-xl',      63_488,     8,    8, [32_768],              1],
  ['performance-2xl',          129_024,    16,   16, [65_536],              1.2],
  ['private-2xl shield-2xl',   129_024,    16,   16, [65_536],              1],
];

/** dyno-<vCPUs>c-<GB>gb */
const FIR = `
  dyno-1c-0.5gb dyno-2c-1gb
  dyno-1c-4gb   dyno-2c-8gb  dyno-4c-16gb dyno-8c-32gb  dyno-16c-64gb
  dyno-2c-4gb   dyno-4c-8gb  dyno-8c-16gb dyno-16c-32gb dyno-32c-64gb
  dyno-1c-8gb   dyno-2c-16gb dyno-4c-32gb dyno-8c-64gb  dyno-16c-128gb`;

/** All types of dyno. */
export const CATALOG: readonly DynoType[] = [
  ...CEDAR.flatMap(([names, megabytes, cores, seenCores, processes, r15]) =>
    names.split(' ').map((name): DynoType => {
      const memory = megabytes * MB;
      const shared = cores < seenCores;
      return { name, generation: 'Cedar', memory, killedAt: memory * r15, cores, shared, seenCores, processes };
    }),
  ),
  ...FIR.trim()
    .split(/\s+/)
    .map((name): DynoType => {
      const [cores = 0, gigabytes = 0] = name.match(/[\d.]+/g)?.map(Number) ?? [];
      const memory = gigabytes * 1024 * MB;
      // A Fir dyno is restarted as soon as it uses all of its quota.
      const [killedAt, shared, seenCores] = [memory, false, undefined];
      return { name, generation: 'Fir', memory, killedAt, cores, shared, seenCores, processes: [] };
    }),
];
