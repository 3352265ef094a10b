/**
 * What is known of a package that draws, or that calls what does, while something is loaded.
 *
 * `harmless`: nothing that should differ between two processes comes of it.
 *
 * `keeps a pool`: of buffers that it fills, and which are renewed, it makes all that it returns. Whoever has called may keep
 * that.
 *
 * `keeps nothing`: nothing comes of it in the package itself. Whoever has called may have got what was drawn, a buffer too.
 */
export type Known = 'harmless' | 'keeps a pool' | 'keeps nothing';

interface Entry {
  readonly known: Known;
  /** Those of the package's files to which it applies, where it does not apply to all. */
  readonly file?: RegExp;
  /** What is drawn, where it does not apply to everything. */
  readonly call?: string;
}

const HARMLESS: Entry = { known: 'harmless' };
const KEEPS_A_POOL: Entry = { known: 'keeps a pool' };
const KEEPS_NOTHING: Entry = { known: 'keeps nothing' };

/**
 * By the names that packages are published by: each was read. With `npm run survey` one sees who draws. To be listed is worth
 * it for a package that many load; any other is just loaded in each worker.
 */
const KNOWN: Readonly<Record<string, readonly Entry[]>> = {
  // Keys of metadata and of providers, by which parts of one application find each other.
  '@nestjs/common': [
    { ...HARMLESS, file: /^(?:decorators|module-utils)\// },
    { ...KEEPS_NOTHING, file: /^utils\/random-string-generator\.util\.js$/ },
  ],
  '@nestjs/core': [{ ...HARMLESS, file: /^(?:injector|inspector)\// }],
  // What these say of a process, each worker says of itself: see agents/.
  '@opentelemetry/resources': [HARMLESS],
  '@sentry/core': [HARMLESS],
  // A line of its log for debugging.
  '@sentry/node': [{ ...HARMLESS, call: 'process.pid' }],
  '@sentry/node-core': [{ ...HARMLESS, call: 'process.pid' }],
  // Where its counter begins, and the salt of its fingerprint. Each id has 24 characters that are drawn for it alone.
  '@paralleldrive/cuid2': [KEEPS_NOTHING],
  // Whether Math.random has more than 32 bits.
  'bignumber.js': [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  // Marks in a string while its braces are expanded. glob brings its own copy.
  'brace-expansion': [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  glob: [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  // Where the counter of its ids begins, or the number of a machine in front of a pid that is read for each. What tells
  // processes apart is a buffer that is renewed.
  bson: [KEEPS_A_POOL],
  // Names of properties that stand for symbols.
  'core-js': [{ ...HARMLESS, call: 'Math.random' }],
  'core-js-pure': [{ ...HARMLESS, call: 'Math.random' }],
  // A function that makes ids by way of cuid2: see there.
  formidable: [{ ...HARMLESS, file: /^dist\/index\.c?js$/, call: 'Math.random' }],
  // The seed of a hash that is never shown.
  immutable: [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  // Where customAlphabet() keeps something, it is in what it returns.
  nanoid: [KEEPS_A_POOL],
  // Names of properties, and a mark at a document that is listened to.
  'react-dom': [{ ...HARMLESS, call: 'Math.random' }],
  // What its Dart code knows objects by in tables.
  sass: [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  // Marks in a string while it is made.
  'serialize-javascript': [HARMLESS],
  // Whether there is a pid; and which of its copies in this process knows more listeners.
  'signal-exit': [HARMLESS],
  // The name of a module that is loaded once in a process.
  tsx: [{ ...HARMLESS, call: 'crypto.randomUUID' }],
  // All but version 1, which keeps a number for this node, and where a clock began.
  uuid: [{ ...KEEPS_A_POOL, file: /(?:^|\/)(?:rng|native|bytesToUuid|stringify|v4|index)\.js$/ }],
  '@lukeed/csprng': [KEEPS_NOTHING],
  'crypto-random-string': [KEEPS_NOTHING],
  'random-bytes': [KEEPS_NOTHING],
  'uid-safe': [KEEPS_NOTHING],
};

/** Of a file of a package, when something is drawn by it, or by what it calls. */
export function knownOf(name: string, path: string, call: string): Known | undefined {
  if (!Object.hasOwn(KNOWN, name)) return undefined;
  return KNOWN[name]?.find((entry) => (entry.file?.test(path) ?? true) && (entry.call ?? call) === call)?.known;
}
