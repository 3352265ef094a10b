// What the simulation has to know of each dyno type, from Heroku's documentation and from what dynos show. It is not the
// product's table, on purpose: a test must not take its truth from what it tests.

const MB = 1024 ** 2;

/**
 * MB; processors that are seen, which for the small ones are the machine's; how many processes and threads its user may have
 * (`ulimit -u`); and at which multiple of its memory R15 ends it.
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

/** vCPUs and GB, as the name says. */
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
/** The processors of the machines that they run on. */
const FIR_CPUS = 48;
/** Of a vCPU, cpu.max grants so much. */
const FIR_SHARE = 0.9;
/** Microseconds, the kernel's own default. */
const FIR_PERIOD = 100_000;

/**
 * By name: `quota` is its memory in bytes, and R15 is at `limit` bytes. `processes` and `cpuMax` are undefined where there
 * is no such limit, or none that is known.
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

/** @throws TypeError that lists them all */
export function dynoType(name) {
  if (Object.hasOwn(DYNO_TYPES, name)) return DYNO_TYPES[name];
  throw new TypeError(`"${name}" is not a dyno type. There are: ${Object.keys(DYNO_TYPES).join(', ')}.`);
}
