// The dyno types for the simulation, from Heroku's documentation and from real dynos. It deliberately does not use the
// product's table: a test must not take its truth from the code that it tests.

const MB = 1024 ** 2;

/**
 * Memory in MB; the number of visible cores, for small dynos that of the machine; the limit of processes and threads
 * (`ulimit -u`); the multiple of the memory at which R15 ends the dyno.
 */
const CEDAR = {
  eco: [512, 8, 256, 2],
  basic: [512, 8, 256, 2],
  'standard-1x': [512, 8, 256, 2],
  'standard-2x': [1024, 8, 512, 2],
  'performance-m': [2560, 2, 16_384, 2],
  'performance-l': [14_336, 8, 32_768, 2],
  'performance-l-ram': [30_720, 4, 24_576, 1.2],
  'performance-xl': [63_488, 8, 32_768, 1.2],
  'performance-2xl': [129_024, 16, 65_536, 1.2],
};
for (const space of ['private', 'shield']) {
  CEDAR[`${space}-s`] = [1024, 2, 512, 1];
  for (const size of ['m', 'l', 'l-ram', 'xl', '2xl']) {
    const [memory, cpus, processes] = CEDAR[`performance-${size}`];
    CEDAR[`${space}-${size}`] = [memory, cpus, processes, 1];
  }
}

/** vCPUs and GB, as in the name. */
const FIR = [
  [1, 0.5],
  [1, 4],
  [1, 8],
  [2, 1],
  [2, 4],
  [2, 8],
  [2, 16],
  [4, 8],
  [4, 16],
  [4, 32],
  [8, 16],
  [8, 32],
  [8, 64],
  [16, 32],
  [16, 64],
  [16, 128],
  [32, 64],
];
/** The number of cores of the underlying machines. */
const FIR_CPUS = 48;
/** The share of a vCPU that cpu.max grants. */
const FIR_SHARE = 0.9;
/** Microseconds, the kernel's default. */
const FIR_PERIOD = 100_000;

/**
 * Dyno types by name. `quota` is the memory in bytes, and R15 comes at `limit` bytes. `processes` and `cpuMax` are
 * undefined if there is no such limit, or none is known.
 */
export const DYNO_TYPES = {
  ...Object.fromEntries(
    Object.entries(CEDAR).map(([name, [memory, cpus, processes, factor]]) => {
      const quota = memory * MB;
      return [name, { name, generation: 'cedar', quota, limit: Math.floor(quota * factor), cpus, processes }];
    }),
  ),
  ...Object.fromEntries(
    FIR.map(([vcpus, gigabytes]) => {
      const name = `dyno-${vcpus}c-${gigabytes}gb`;
      const quota = gigabytes * 1024 * MB;
      const cpuMax = `${Math.round(vcpus * FIR_SHARE * FIR_PERIOD)} ${FIR_PERIOD}`;
      return [name, { name, generation: 'fir', quota, limit: quota, cpus: FIR_CPUS, cpuMax }];
    }),
  ),
};

/** @throws TypeError that lists all types */
export function dynoType(name) {
  if (Object.hasOwn(DYNO_TYPES, name)) return DYNO_TYPES[name];
  throw new TypeError(`"${name}" is not a dyno type. Valid types: ${Object.keys(DYNO_TYPES).join(', ')}.`);
}
