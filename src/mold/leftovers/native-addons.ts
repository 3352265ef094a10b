/** Native packages that keep a generator once they were called: all copies would go on with the same numbers. */
const GENERATORS: readonly RegExp[] = [
  // Rust's generator of each thread. Only libc tells it of a fork.
  /^@(node|napi)-rs\/(argon2|bcrypt|uuid|nanoid)(-|$)/,
  // SQLite's: randomblob(), random(), and the names of its temporary files.
  /^(better-sqlite3|better-sqlite3-multiple-ciphers|sqlite3|libsql)$/,
  /^@(libsql|journeyapps|vscode)\/(?!client)/,
  // Math.random of other isolates.
  /^isolated-vm$/,
  // uuid(), random() and samples.
  /^(duckdb|@duckdb\/.*|nodejs-polars.*|onnxruntime-node|@tensorflow\/tfjs-node.*|hnswlib-node)$/,
];

/** Native packages that may be called before a fork: they draw nothing, or ask the kernel each time. */
const HARMLESS: readonly RegExp[] = [
  // Images, compression, parsers and encodings: equal input gives equal output.
  /^(sharp|@img\/.*|canvas|@napi-rs\/canvas.*|@resvg\/.*|snappy|@napi-rs\/snappy.*|zstd-.*|@mongodb-js\/zstd|re2|iconv|node-expat)$/,
  /^(bufferutil|utf-8-validate|msgpackr-extract|@msgpackr-extract\/.*|cbor-extract|@cbor-extract\/.*|farmhash.*|xxhash.*)$/,
  /^(@swc\/.*|@next\/swc.*|@node-rs\/(crc32|xxhash|jieba|helper).*|lightningcss.*|@rollup\/.*|@oxc-.*|tree-sitter.*|libpg-query|@ast-grep\/.*|@biomejs\/.*|@tailwindcss\/.*)$/,
  // Random bytes from the kernel, or from Node's crypto.
  /^(bcrypt|argon2|sodium-native|kerberos|mongodb-client-encryption|ssh2|cpu-features)$/,
  // Figures about this process.
  /^(@datadog\/.*|dtrace-provider|segfault-handler|heapdump|@newrelic\/.*|@sentry.*\/profiling-node|@sentry-internal\/.*|@appsignal\/.*|gc-stats|microtime|v8-profiler.*)$/,
  // Stores: their open files are found as such.
  /^(lmdb|@lmdb\/.*|@harperfast\/.*|leveldown|classic-level|rocksdb|fsevents|@parcel\/watcher.*|unix-dgram|pg-native|libpq)$/,
];

/** `unknown`: the package may keep something. */
export type NativeState = 'generator' | 'harmless' | 'unknown';

/** @param name of the package that the addon's file belongs to */
export function nativeStateOf(name: string): NativeState {
  if (GENERATORS.some((pattern) => pattern.test(name))) return 'generator';
  return HARMLESS.some((pattern) => pattern.test(name)) ? 'harmless' : 'unknown';
}
