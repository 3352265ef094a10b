/**
 * What is known about a package that draws, or that calls one that does, during a load.
 *
 * `harmless`: the draw affects nothing that should differ between two processes.
 *
 * `keeps a pool`: the package fills buffers, which are renewed, and derives its return values from them. Its caller may
 * keep those.
 *
 * `keeps nothing`: the package keeps nothing of the draw. Its caller may have received what was drawn, even a buffer.
 */
export type Known = 'harmless' | 'keeps a pool' | 'keeps nothing';

interface Entry {
  readonly known: Known;
  /** Files of the package that this applies to; undefined for all. */
  readonly file?: RegExp;
  /** Call that this applies to; undefined for all. */
  readonly call?: string;
}

const HARMLESS: Entry = { known: 'harmless' };
const KEEPS_A_POOL: Entry = { known: 'keeps a pool' };
const KEEPS_NOTHING: Entry = { known: 'keeps nothing' };

/**
 * Packages whose source was read, by the name that they are published under. `npm run survey` shows which packages
 * draw. Only widely used packages are worth an entry: each worker simply loads the others.
 */
const KNOWN: Readonly<Record<string, readonly Entry[]>> = {
  // Keys of metadata and providers, by which parts of one application find each other.
  '@nestjs/common': [
    { ...HARMLESS, file: /^(?:decorators|module-utils)\// },
    { ...KEEPS_NOTHING, file: /^utils\/random-string-generator\.util\.js$/ },
  ],
  '@nestjs/core': [{ ...HARMLESS, file: /^(?:injector|inspector)\// }],
  // Each worker renews its description of itself: see agents/.
  '@opentelemetry/resources': [HARMLESS],
  '@sentry/core': [HARMLESS],
  // Written to its debug log.
  '@sentry/node': [{ ...HARMLESS, call: 'process.pid' }],
  '@sentry/node-core': [{ ...HARMLESS, call: 'process.pid' }],
  // The start of its counter, and the salt of its fingerprint. Each id also contains 24 freshly drawn characters.
  '@paralleldrive/cuid2': [KEEPS_NOTHING],
  // Tests whether Math.random has more than 32 bits.
  'bignumber.js': [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  // Placeholders in a string while its braces are expanded. glob bundles a copy.
  'brace-expansion': [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  glob: [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  // The start of its id counter, or a machine number in front of a pid that it reads for each id. What distinguishes
  // processes is a buffer, which is renewed.
  bson: [KEEPS_A_POOL],
  // Names of properties that emulate symbols.
  'core-js': [{ ...HARMLESS, call: 'Math.random' }],
  'core-js-pure': [{ ...HARMLESS, call: 'Math.random' }],
  // A function that makes ids with cuid2: see @paralleldrive/cuid2.
  formidable: [{ ...HARMLESS, file: /^dist\/index\.c?js$/, call: 'Math.random' }],
  // The seed of a hash that it never exposes.
  immutable: [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  // customAlphabet() keeps its state in the function that it returns.
  nanoid: [KEEPS_A_POOL],
  // Names of properties, and a marker on a document that it listens to.
  'react-dom': [{ ...HARMLESS, call: 'Math.random' }],
  // Keys of objects in the tables of its Dart code.
  sass: [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  // Placeholders in a string while it is built.
  'serialize-javascript': [HARMLESS],
  // Tests whether process has a pid. It also compares the number of listeners of its copies in this process.
  'signal-exit': [HARMLESS],
  // The name of a module that each process loads once.
  tsx: [{ ...HARMLESS, call: 'crypto.randomUUID' }],
  // Everything except v1, which keeps a node id and the start of a clock sequence.
  uuid: [{ ...KEEPS_A_POOL, file: /(?:^|\/)(?:rng|native|bytesToUuid|stringify|v4|index)\.js$/ }],
  '@lukeed/csprng': [KEEPS_NOTHING],
  'crypto-random-string': [KEEPS_NOTHING],
  'random-bytes': [KEEPS_NOTHING],
  'uid-safe': [KEEPS_NOTHING],
};

/** Returns what is known about a package's file for this call, whether the file draws or calls code that draws. */
export function knownOf(name: string, path: string, call: string): Known | undefined {
  if (!Object.hasOwn(KNOWN, name)) return undefined;
  return KNOWN[name]?.find((entry) => (entry.file?.test(path) ?? true) && (entry.call ?? call) === call)?.known;
}
