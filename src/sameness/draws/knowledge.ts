/**
 * What is known of a package that draws, or that calls one that does, during a load.
 *
 * `harmless`: nothing that should differ between two processes comes of the draw.
 *
 * `keeps a pool`: the package fills buffers, which are renewed, and makes all that it returns of them. Its caller may
 * keep that.
 *
 * `keeps nothing`: nothing of the draw stays in the package. Its caller may have got what was drawn, even a buffer.
 */
export type Known = 'harmless' | 'keeps a pool' | 'keeps nothing';

interface Entry {
  readonly known: Known;
  /** The files of the package that this applies to; undefined: all. */
  readonly file?: RegExp;
  /** The call that this applies to; undefined: all. */
  readonly call?: string;
}

const HARMLESS: Entry = { known: 'harmless' };
const KEEPS_A_POOL: Entry = { known: 'keeps a pool' };
const KEEPS_NOTHING: Entry = { known: 'keeps nothing' };

/**
 * By the names that packages are published under. Each package was read. `npm run survey` shows who draws. Only
 * packages that many load are worth an entry: each worker just loads the others.
 */
const KNOWN: Readonly<Record<string, readonly Entry[]>> = {
  // Keys of metadata and of providers, by which parts of one application find each other.
  '@nestjs/common': [
    { ...HARMLESS, file: /^(?:decorators|module-utils)\// },
    { ...KEEPS_NOTHING, file: /^utils\/random-string-generator\.util\.js$/ },
  ],
  '@nestjs/core': [{ ...HARMLESS, file: /^(?:injector|inspector)\// }],
  // Each worker describes itself anew: see agents/.
  '@opentelemetry/resources': [HARMLESS],
  '@sentry/core': [HARMLESS],
  // A line of its debug log.
  '@sentry/node': [{ ...HARMLESS, call: 'process.pid' }],
  '@sentry/node-core': [{ ...HARMLESS, call: 'process.pid' }],
  // The start of its counter, and the salt of its fingerprint. Each id has 24 characters of its own draw.
  '@paralleldrive/cuid2': [KEEPS_NOTHING],
  // Tests whether Math.random has more than 32 bits.
  'bignumber.js': [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  // Marks in a string while its braces are expanded. glob brings its own copy.
  'brace-expansion': [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  glob: [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  // The start of the counter of its ids, or a machine number before a pid that it reads for each id. A buffer tells
  // processes apart, and that is renewed.
  bson: [KEEPS_A_POOL],
  // Names of properties that stand for symbols.
  'core-js': [{ ...HARMLESS, call: 'Math.random' }],
  'core-js-pure': [{ ...HARMLESS, call: 'Math.random' }],
  // A function that makes ids with cuid2: see there.
  formidable: [{ ...HARMLESS, file: /^dist\/index\.c?js$/, call: 'Math.random' }],
  // The seed of a hash that it never shows.
  immutable: [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  // What customAlphabet() keeps is in the function that it returns.
  nanoid: [KEEPS_A_POOL],
  // Names of properties, and a mark on a document that it listens to.
  'react-dom': [{ ...HARMLESS, call: 'Math.random' }],
  // Keys of objects in the tables of its Dart code.
  sass: [{ ...KEEPS_NOTHING, call: 'Math.random' }],
  // Marks in a string while it is made.
  'serialize-javascript': [HARMLESS],
  // Tests whether there is a pid, and which of its copies in this process has more listeners.
  'signal-exit': [HARMLESS],
  // The name of a module that a process loads once.
  tsx: [{ ...HARMLESS, call: 'crypto.randomUUID' }],
  // All but version 1, which keeps a number for this node, and the start of a clock.
  uuid: [{ ...KEEPS_A_POOL, file: /(?:^|\/)(?:rng|native|bytesToUuid|stringify|v4|index)\.js$/ }],
  '@lukeed/csprng': [KEEPS_NOTHING],
  'crypto-random-string': [KEEPS_NOTHING],
  'random-bytes': [KEEPS_NOTHING],
  'uid-safe': [KEEPS_NOTHING],
};

/** What is known of a package's file for this call, whether it draws itself or calls what draws. */
export function knownOf(name: string, path: string, call: string): Known | undefined {
  if (!Object.hasOwn(KNOWN, name)) return undefined;
  return KNOWN[name]?.find((entry) => (entry.file?.test(path) ?? true) && (entry.call ?? call) === call)?.known;
}
