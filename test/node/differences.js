// Why some of Node's own tests differ in a worker of swarm, reviewed test by test. A difference that is not listed is a
// bug.

/** These also differ in a spawned worker: the cause is how swarm starts a program, not the fork. */
const STARTED_BY_SWARM = [
  {
    reason: 'hooks see promises of swarm, which awaits the program that it loads',
    tests: [
      'async-hooks-correctly-switch-promise-hook.js',
      'async-hooks-disable-during-promise.js',
      'async-hooks-enable-during-promise.js',
      'async-hooks-enable-recursive.js',
      'async-hooks-promise.js',
      'async-hooks-promise-triggerid.js',
      'async-hooks-top-level-clearimmediate.js',
      'async-local-storage-exit-does-not-leak.js',
      'async-wrap-promise-after-enabled.js',
      'heapdump-async-hooks-init-promise.js',
      'promise-hook-create-hook.js',
      'promise-hook-on-resolve.js',
      'worker-message-port-inspect-during-init-hook.js',
    ],
  },
  {
    reason: 'a program that throws while it loads has failed, however it handles uncaught exceptions',
    tests: [
      'crypto-domain.js',
      'domain-nested.js',
      'domain-stack-empty-in-process-uncaughtexception.js',
      'domain-thrown-error-handler-stack.js',
      'domain-top-level-error-handler-clears-stack.js',
      'events-uncaught-exception-stack.js',
      'exception-handler2.js',
      'process-exception-capture.js',
      'process-exception-capture-should-abort-on-uncaught.js',
      'process-exception-capture-should-abort-on-uncaught-setflagsfromstring.js',
      'process-uncaught-exception-monitor.js',
    ],
  },
  {
    reason: 'the event loop turns before the program is loaded, as it does before an ES module',
    tests: ['performance-nodetiming.js'],
  },
  {
    reason: 'TERM, INT and USR2 stop a worker, and a worker sees only one signal per stop',
    tests: ['repl-sigint.js', 'signal-args.js'],
  },
  { reason: 'the process title names the worker', tests: ['process-title-cli.js'] },
  {
    reason: 'it removes what the JavaScript of swarm also needs: process, the array iterator, Map.prototype.get, …',
    tests: [
      'options-binding.js',
      'primordials-promise.js',
      'repl-let-process.js',
      'require-delete-array-iterator.js',
      'timers-process-tampering.js',
    ],
  },
  { reason: 'the stack of a program contains functions of swarm', tests: ['util-inspect.js'] },
];

const FORKED = [
  {
    reason: 'the mold has loaded more of Node than an empty program does, so changes to those bindings come too late',
    tests: [
      'bootstrap-modules.js',
      'code-cache.js',
      'http-parser-lazy-loaded.js',
      'os-checked-function.js',
      'tls-clientcertengine-unsupported.js',
      'tls-keyengine-unsupported.js',
      'zlib-brotli-kmaxlength-rangeerror.js',
      'zlib-kmaxlength-rangeerror.js',
      'zlib-zstd-kmaxlength-rangeerror.js',
    ],
  },
  {
    reason: 'Node named the context for debuggers after the pid of the mold',
    tests: ['inspector-contexts.js'],
  },
  {
    reason: 'cached code is only valid for processes with the same flags, and a mold has its own flags',
    tests: ['vm-cached-data.js'],
  },
];

const reasons = new Map(
  [...STARTED_BY_SWARM, ...FORKED].flatMap(({ reason, tests }) =>
    tests.map((test) => [`parallel/test-${test}`, reason]),
  ),
);

/** Returns why a test differs; undefined if it should not. */
export function reasonOf(name) {
  return reasons.get(name);
}

/** Returns why a supervisor would not fork workers with these flags; undefined if it would. */
export function whySpawned(flags) {
  // A port serves only one process, so a supervisor does not pass such flags on.
  if (flags.some((flag) => flag.startsWith('--inspect'))) return 'workers are started without --inspect';
  const isRestricted = flags.some((flag) => /^--(?:experimental-)?permission$/.test(flag));
  if (isRestricted && !flags.includes('--allow-addons')) return 'the permission model allows no addon';
  if (flags.includes('--frozen-intrinsics')) return 'with frozen intrinsics swarm does not start';
  if (flags.includes('--max-old-space-size=10')) return 'a mold needs a heap of more than 10 MB';
  return flags.includes('--enable-sharedarraybuffer-per-context') ? 'a mold needs SharedArrayBuffer' : undefined;
}
