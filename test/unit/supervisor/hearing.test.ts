import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage, isWorkerMessage, type WorkerMessage } from '../../../src/protocol/messages.ts';
import { statusOf } from '../../../src/supervisor/status.ts';
import { left, Simulation } from './simulation.ts';

const FLOOD = 5000;
const FAILURE = { module: '/app/jobs.js', while: 'loading', message: 'Error: no', stack: 'Error: no\n at x' } as const;

function linesAfter(swarm: Simulation, flood: () => void): number {
  const before = swarm.entries.length;
  flood();
  return swarm.entries.length - before;
}

/** A worker in each state in which it can send messages. */
const STATES: Record<string, () => Simulation> = {
  starting() {
    const swarm = new Simulation({ count: 1 });
    swarm.event({ type: 'boot' });
    swarm.event({ type: 'started', workerId: 1, pid: 7 });
    return swarm;
  },
  ready: () => new Simulation({ count: 1 }).boot(),
  quiet() {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.tell(1, { type: 'quiet' });
    return swarm;
  },
  stopping() {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event({ type: 'stop', by: 'SIGTERM' });
    return swarm;
  },
};

describe.each(Object.entries(STATES))('a %s worker that repeats a message', (_state, worker) => {
  test.each<WorkerMessage>([
    { type: 'online', workerId: 1 },
    { type: 'ready', workerId: 1 },
    { type: 'listening', workerId: 1, on: true },
    { type: 'heartbeat', workerId: 1, busy: 'job', delay: 1, active: 0 },
    { type: 'quiet', workerId: 1 },
    { type: 'stopping', workerId: 1, limited: true },
    { type: 'stopping', workerId: 1, limited: false },
    { type: 'failed', workerId: 1, failure: FAILURE },
    { type: 'not-warmed', workerId: 1 },
    { type: 'heap-limit', workerId: 1 },
    { type: 'empty', workerId: 1 },
  ])('causes at most one log line: $type', (message) => {
    const swarm = worker();
    const lines = linesAfter(swarm, () => {
      for (let times = 0; times < FLOOD; times += 1) swarm.event({ type: 'message', message });
    });
    expect(lines).toBeLessThanOrEqual(1);
    expect(swarm.actions.filter(({ type }) => type === 'report').length).toBeLessThanOrEqual(1);
  });
});

test('all messages of a worker together cause only a handful of log lines', () => {
  const swarm = new Simulation({ count: 1 }).boot();
  const words: WorkerMessage[] = [
    { type: 'ready', workerId: 1 },
    { type: 'quiet', workerId: 1 },
    { type: 'stopping', workerId: 1, limited: false },
    { type: 'stopping', workerId: 1, limited: true },
    { type: 'snapshot', workerId: 1, snapshot: 'busy', stack: '' },
    { type: 'blocked', workerId: 1, state: 'blocked', stack: '' },
  ];
  const lines = linesAfter(swarm, () => {
    for (let times = 0; times < FLOOD; times += 1) {
      for (const message of words) swarm.event({ type: 'message', message });
      // A different error each time.
      const failure = { ...FAILURE, stack: `Error: ${times}` };
      swarm.event({ type: 'message', message: { type: 'failed', workerId: 1, failure } });
    }
  });
  expect(lines).toBeLessThanOrEqual(24);
});

test('20 snapshots are shown in a burst, then one per second', () => {
  const swarm = new Simulation({ count: 1 }).boot();
  const ask = (times: number) =>
    linesAfter(swarm, () => {
      for (let each = 0; each < times; each += 1) swarm.tell(1, { type: 'snapshot', snapshot: 'busy', stack: '' });
    });
  expect(ask(FLOOD)).toBe(20);
  swarm.now += 3000;
  expect(ask(FLOOD)).toBe(3);
  swarm.now += 60_000;
  expect(ask(FLOOD)).toBe(20);
});

describe('the log says why a worker exited', () => {
  function lastWords(swarm: Simulation): string | undefined {
    return swarm.entries.find(({ event }) => event === 'worker.exit')?.message.replace(/^worker 0 \(.*?\) /, '');
  }

  function starting(separated = true): Simulation {
    const swarm = new Simulation({ count: 2, argumentsSeparated: separated });
    swarm.event({ type: 'boot' });
    swarm.event({ type: 'started', workerId: 1, pid: 7 });
    return swarm;
  }

  test('SIGABRT means a full heap only if V8 has reported one', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.exit(1, { signal: 'SIGABRT' });
    expect(lastWords(swarm)).toBe('was killed by SIGABRT: it aborted, and its stderr says why');
  });

  test.each(['SIGABRT', 'SIGTRAP'] as const)('%s means a full heap if V8 has reported one', (signal) => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.tell(1, { type: 'heap-limit' });
    swarm.exit(1, { signal });
    expect(lastWords(swarm)).toBe(`was killed by ${signal}: its heap is out of memory (--max-old-space-size)`);
  });

  test('a heartbeat after a full heap withdraws it', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.tell(1, { type: 'heap-limit' });
    swarm.tell(1, { type: 'heartbeat', busy: '', delay: 0, active: 0 });
    swarm.exit(1, { signal: 'SIGABRT' });
    expect(lastWords(swarm)).toBe('was killed by SIGABRT: it aborted, and its stderr says why');
  });

  test('process.exit(0) gets no explanation', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.exit(1, { code: 0 });
    expect(lastWords(swarm)).toBe('exited with status 0');
  });

  test('an event loop that ran empty had nothing to wait for', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.tell(1, { type: 'empty' });
    swarm.exit(1, { code: 0 });
    expect(lastWords(swarm)).toBe(
      'exited with status 0, as it has nothing to wait for: no server, timer or connection',
    );
  });

  test('an event loop that ran empty within a second suggests a module that starts only as the main module', () => {
    const swarm = starting();
    swarm.becomeReady(1);
    swarm.tell(1, { type: 'empty' });
    swarm.exit(1, { code: 0 });
    expect(lastWords(swarm)).toBe(
      'exited with status 0, as it has nothing to wait for: no server, timer or connection. ' +
        'If the module starts only as the main module, name it with the first -r, or export a function',
    );
  });

  test('an event loop that ran empty before ready awaited something that cannot happen', () => {
    const swarm = starting();
    swarm.tell(1, { type: 'empty' });
    swarm.exit(1, { code: 0 });
    expect(lastWords(swarm)).toBe(
      'exited with status 0: its event loop ran empty before it was ready, so it awaited something impossible',
    );
  });

  const ADVICE =
    '. If it does not know the options -r and -i, give it its own arguments after --: swarm -r <module> -- <arguments>';

  test('an exit status before ready can be caused by -r and -i', () => {
    const swarm = starting(false);
    swarm.exit(1, { code: 2 });
    expect(lastWords(swarm)).toBe(`exited with status 2${ADVICE}`);
  });

  test.each([
    "TypeError: Unknown option '-r'",
    'ArgError: unknown or unexpected option: --index',
    "error: unknown option '-i'",
  ])('an error that names -r or -i is caused by them: %s', (message) => {
    const swarm = starting(false);
    swarm.tell(1, { type: 'failed', failure: { ...FAILURE, message } });
    swarm.exit(1, { code: 1 });
    expect(lastWords(swarm)).toBe(`exited with status 1${ADVICE}`);
  });

  test.each<[string, (swarm: Simulation) => void, boolean]>([
    [
      'an unrelated error',
      (swarm) => void swarm.tell(1, { type: 'failed', failure: { ...FAILURE, message: 'Error: re-run -int' } }),
      false,
    ],
    ['arguments after --', () => {}, true],
    ['a worker that was ready', (swarm) => swarm.becomeReady(1), false],
    ['another worker that is proven', (swarm) => swarm.comeUp(2), false],
  ])('-r and -i are not blamed for %s', (_what, before, separated) => {
    const swarm = starting(separated);
    before(swarm);
    swarm.exit(1, { code: 1 });
    expect(lastWords(swarm)).toBe('exited with status 1');
  });
});

/** Anything that a process with the channel can write and that decodes as a message. */
const number = fc.oneof(fc.integer({ min: -2, max: 9 }), fc.maxSafeInteger(), fc.double());
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 6000 }), fc.constant('__proto__'));
const failure = fc.record({ module: text, while: text, message: text, stack: text });
const anything = fc.record(
  {
    type: fc.constantFrom(
      ...[
        'online',
        'ready',
        'listening',
        'heartbeat',
        'quiet',
        'stopping',
        'snapshot',
        'blocked',
        'failed',
        'heap-limit',
        'empty',
      ],
      ...[
        'forked',
        'fork-failed',
        'preloaded',
        'preloading',
        'left-out',
        'spoiled',
        'unfit',
        'constructor',
        '__proto__',
      ],
    ),
    worker: number,
    pid: number,
    delay: number,
    limited: fc.boolean(),
    busy: text,
    snapshot: text,
    state: text,
    stack: text,
    failure,
  },
  { requiredKeys: ['type', 'worker'] },
);

test('no message breaks the fleet, whatever its values', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anything, fc.nat(2000)), { maxLength: 40 }), (words) => {
      const swarm = new Simulation({ count: 2, hangTimeout: 20_000 });
      swarm.event({ type: 'boot' });
      for (const { id } of swarm.fleet.workers) swarm.event({ type: 'started', workerId: id, pid: 100 + id });
      for (const [word, milliseconds] of words) {
        const message = decodeMessage(JSON.stringify(word));
        if (message && isWorkerMessage(message)) {
          swarm.event({ type: 'message', message });
          expect(Buffer.byteLength(encodeMessage(message))).toBeLessThan(4096);
        }
        swarm.pass(milliseconds);
        const { workers } = statusOf(swarm.fleet, swarm.now);
        for (const { delay, uptime } of workers) expect([delay ?? 0, uptime].every(Number.isFinite)).toBe(true);
      }
      swarm.event({ type: 'stop', by: 'SIGTERM' });
      for (const { id, pid } of swarm.fleet.workers) {
        if (pid === undefined) swarm.event({ type: 'started', workerId: id, pid: 100 + id });
      }
      swarm.pass(25_000);
      for (const { id } of swarm.fleet.workers) swarm.exit(id, { signal: 'SIGKILL' });
      expect(left(swarm.actions)).toBeDefined();
    }),
    { numRuns: 300 },
  );
});
