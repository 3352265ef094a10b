// Why a test of Node's own differs in a worker of swarm: reviewed, test by test. What is not in here is a fault.

/** Whatever is wrong there is wrong in a spawned worker as well: it is how swarm starts a program, and no matter of the fork. */
const STARTED_BY_SWARM = [
  {
    reason: 'hooks see the promises of swarm, which awaits the program that it loads',
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
    reason: 'a program that throws while it is loaded has failed, whatever it does with uncaught exceptions',
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
    reason: 'the event loop has turned before the program is loaded, as it has before an ES module',
    tests: ['performance-nodetiming.js'],
  },
  {
    reason: 'TERM, INT and USR2 stop a worker, and one stop is one signal',
    tests: ['repl-sigint.js', 'signal-args.js'],
  },
  { reason: 'the title says which worker it is', tests: ['process-title-cli.js'] },
  {
    reason:
      'it takes away what the JavaScript of swarm needs as well: process, the iterator of arrays, Map.prototype.get, …',
    tests: [
      'options-binding.js',
      'primordials-promise.js',
      'repl-let-process.js',
      'require-delete-array-iterator.js',
      'timers-process-tampering.js',
    ],
  },
  { reason: 'on the stack of a program are functions of swarm', tests: ['util-inspect.js'] },
];

const FORKED = [
  {
    reason: 'the mold has loaded more of Node than an empty program: to change the bindings of that comes too late',
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
    reason: 'Node has named the context for debuggers after the pid of the mold',
    tests: ['inspector-contexts.js'],
  },
  {
    reason: 'a cache of compiled code is for processes with the same flags, and a mold has flags of its own',
    tests: ['vm-cached-data.js'],
  },
];

const reasons = new Map(
  [...STARTED_BY_SWARM, ...FORKED].flatMap(({ reason, tests }) =>
    tests.map((test) => [`parallel/test-${test}`, reason]),
  ),
);

/** @returns undefined: there is none */
export function reasonOf(name) {
  return reasons.get(name);
}

/** Flags under which a supervisor forks no workers; undefined: with these it does. */
export function whySpawned(flags) {
  // One port serves one process, so a supervisor keeps such flags to itself.
  if (flags.some((flag) => flag.startsWith('--inspect'))) return 'workers are started without --inspect';
  const isRestricted = flags.some((flag) => /^--(?:experimental-)?permission$/.test(flag));
  if (isRestricted && !flags.includes('--allow-addons')) return 'the permission model allows no addon';
  if (flags.includes('--frozen-intrinsics')) return 'with frozen intrinsics swarm does not start';
  if (flags.includes('--max-old-space-size=10')) return 'a mold needs a heap of more than 10 MB';
  return flags.includes('--enable-sharedarraybuffer-per-context') ? 'a mold needs SharedArrayBuffer' : undefined;
}
