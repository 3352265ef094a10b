/** Native packages that keep a random generator once called: all copies would continue the same sequence. */
const GENERATORS: readonly RegExp[] = [
  // Rust's thread-local generator. It learns of a fork only through libc's fork(), which swarm does not use.
  /^@(node|napi)-rs\/(argon2|bcrypt|uuid|nanoid)(-|$)/,
  // SQLite's: randomblob(), random(), and the names of its temporary files.
  /^(better-sqlite3|better-sqlite3-multiple-ciphers|sqlite3|libsql)$/,
  /^@(libsql|journeyapps|vscode)\/(?!client)/,
  // Math.random of other isolates.
  /^isolated-vm$/,
  // uuid(), random() and samples.
  /^(duckdb|@duckdb\/.*|nodejs-polars.*|onnxruntime-node|@tensorflow\/tfjs-node.*|hnswlib-node)$/,
];

/** Native packages that are safe to call before a fork: they draw nothing, or ask the kernel each time. */
const HARMLESS: readonly RegExp[] = [
  // Images, compression, parsers and encodings: the same input gives the same output.
  /^(sharp|@img\/.*|canvas|@napi-rs\/canvas.*|@resvg\/.*|snappy|@napi-rs\/snappy.*|zstd-.*|@mongodb-js\/zstd|re2|iconv|node-expat)$/,
  /^(bufferutil|utf-8-validate|msgpackr-extract|@msgpackr-extract\/.*|cbor-extract|@cbor-extract\/.*|farmhash.*|xxhash.*)$/,
  /^(@swc\/.*|@next\/swc.*|@node-rs\/(crc32|xxhash|jieba|helper).*|lightningcss.*|@rollup\/.*|@oxc-.*|tree-sitter.*|libpg-query|@ast-grep\/.*|@biomejs\/.*|@tailwindcss\/.*)$/,
  // Random bytes from the kernel, or from Node's crypto.
  /^(bcrypt|argon2|sodium-native|kerberos|mongodb-client-encryption|ssh2|cpu-features)$/,
  // Profiling and statistics.
  /^(@datadog\/.*|dtrace-provider|segfault-handler|heapdump|@newrelic\/.*|@sentry.*\/profiling-node|@sentry-internal\/.*|@appsignal\/.*|gc-stats|microtime|v8-profiler.*)$/,
  // Stores, file watchers and sockets: what they open is found among the descriptors.
  /^(lmdb|@lmdb\/.*|@harperfast\/.*|leveldown|classic-level|rocksdb|fsevents|@parcel\/watcher.*|unix-dgram|pg-native|libpq)$/,
];

/** `unknown`: the package may keep state. */
export type NativeState = 'generator' | 'harmless' | 'unknown';

/** @param name the package that contains the addon */
export function nativeStateOf(name: string): NativeState {
  if (GENERATORS.some((pattern) => pattern.test(name))) return 'generator';
  return HARMLESS.some((pattern) => pattern.test(name)) ? 'harmless' : 'unknown';
}
