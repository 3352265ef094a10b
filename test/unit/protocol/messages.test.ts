import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeMessage,
  encodeMessage,
  type Failure,
  isWorkerMessage,
  MAX_LINE_BYTES,
  type Message,
} from '../../../src/protocol/messages.ts';

/** Any UTF-16: control characters, multi-byte characters, lone surrogates. */
const anyText = (maxLength: number) =>
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength });

/** Characters that take one to six bytes in a line. */
const UNITS = ['a', 'é', '日', '😀', '"', '\\', '\n', '\u0000', '\u001b', '\ud800', '\udc00'];
const hugeText = fc
  .tuple(fc.constantFrom(...UNITS), fc.nat(30_000), anyText(50))
  .map(([unit, times, text]) => text + unit.repeat(times) + text);

const anyWhile = fc.constantFrom<Failure['while'][]>('loading', 'calling the default export of');
const workerId = fc.nat();

function anyMessage(text: fc.Arbitrary<string>): fc.Arbitrary<Message> {
  const failure = fc.record({ module: text, while: anyWhile, message: text, stack: text });
  return fc.oneof(
    fc.record({ type: fc.constantFrom('online' as const, 'ready' as const, 'quiet' as const), workerId }),
    fc.record({ type: fc.constantFrom('heap-limit' as const, 'empty' as const, 'not-warmed' as const), workerId }),
    fc.record({ type: fc.constant('listening' as const), workerId, on: fc.boolean() }),
    fc.record({ type: fc.constant('heartbeat' as const), workerId, busy: text, delay: fc.nat(), active: fc.nat() }),
    fc.record({ type: fc.constant('stopping' as const), workerId, limited: fc.boolean() }),
    fc.record({ type: fc.constant('snapshot' as const), workerId, snapshot: text, stack: text }),
    fc.record({ type: fc.constant('blocked' as const), workerId, state: text, stack: text }),
    fc.record({ type: fc.constant('failed' as const), workerId, failure }),
    fc.record(
      {
        type: fc.constant('preloaded' as const),
        ...{ packages: fc.nat(), milliseconds: fc.nat(), warmUp: fc.nat(), bytes: fc.nat() },
      },
      { requiredKeys: ['type', 'packages', 'milliseconds', 'bytes'] },
    ),
    // The longest name that a package can have.
    fc.record({ type: fc.constant('left-out' as const), package: anyText(214), reason: text }),
    fc.record({ type: fc.constant('preload-failed' as const), failure }),
    fc.record({ type: fc.constant('cold' as const), reason: text, stack: text }, { requiredKeys: ['type', 'reason'] }),
    fc.record({ type: fc.constant('unfit' as const), reason: text }),
    fc.record({ type: fc.constant('forked' as const), workerId, pid: fc.integer({ min: 1 }) }),
    fc.record({ type: fc.constant('fork-failed' as const), workerId, reason: text }),
  );
}

/** The texts of a message that can be shortened. */
function textsOf(message: Message): string[] {
  switch (message.type) {
    case 'heartbeat':
      return [message.busy];
    case 'snapshot':
      return [message.snapshot, message.stack];
    case 'blocked':
      return [message.state, message.stack];
    case 'cold':
      return [message.reason, message.stack ?? ''];
    case 'left-out':
    case 'unsafe':
    case 'unfit':
    case 'fork-failed':
      return [message.reason];
    case 'failed':
    case 'preload-failed': {
      const { module, message: text, stack } = message.failure;
      return [module, text, stack];
    }
    default:
      return [];
  }
}

function failure(texts: Partial<Failure>): Message & { type: 'failed' } {
  return {
    type: 'failed',
    workerId: 1,
    failure: { module: '/app/jobs.js', while: 'loading', message: 'Error: no', stack: 'Error: no', ...texts },
  };
}

function throughTheLine(message: Message): Message | undefined {
  return decodeMessage(encodeMessage(message));
}

describe('a message', () => {
  it('survives encoding and decoding', () => {
    fc.assert(
      fc.property(anyMessage(anyText(100)), (message) => {
        expect(throughTheLine(message)).toEqual(message);
      }),
    );
  });

  it('is one line, short enough for the kernel to write it whole, whatever it contains', () => {
    fc.assert(
      fc.property(anyMessage(hugeText), (message) => {
        const line = encodeMessage(message);
        expect(Buffer.byteLength(line)).toBeLessThan(MAX_LINE_BYTES);
        expect(line.indexOf('\n')).toBe(line.length - 1);
      }),
    );
  });

  it('loses only the ends of its texts, and marks the cuts', () => {
    fc.assert(
      fc.property(anyMessage(hugeText), (message) => {
        const read = throughTheLine(message);
        expect(read).toHaveProperty('type', message.type);
        if ('workerId' in message) expect(read).toHaveProperty('workerId', message.workerId);
        const texts = textsOf(message);
        for (const [position, text] of textsOf(read as Message).entries()) {
          const whole = texts[position];
          if (text === whole) continue;
          expect(text).toMatch(/…$/);
          expect(whole?.startsWith(text.slice(0, -1))).toBe(true);
        }
      }),
    );
  });

  it('names as many packages as fit', () => {
    const packages = Array.from({ length: 1000 }, (_, position) => `package-${position}`);
    const read = throughTheLine({ type: 'spoiled', packages });
    expect(read).toHaveProperty('packages.0', 'package-0');
    expect(read).toHaveProperty(
      'packages.length',
      expect.toSatisfy((length) => length > 200),
    );
  });

  it('can fill its line to the last byte, and is cut if it has one more', () => {
    const around = encodeMessage({ type: 'heartbeat', workerId: 1, busy: '', delay: 0, active: 0 }).length;
    const longest = 'x'.repeat(MAX_LINE_BYTES - 1 - around);

    expect(throughTheLine({ type: 'heartbeat', workerId: 1, busy: longest, delay: 0, active: 0 })).toHaveProperty(
      'busy',
      longest,
    );
    expect(throughTheLine({ type: 'heartbeat', workerId: 1, busy: `${longest}x`, delay: 0, active: 0 })).toHaveProperty(
      'busy',
      expect.stringMatching(/^x{4000,}…$/),
    );
  });

  it.each(['stack', 'message', 'module'] as const)('can have a %s of ten million characters', (name) => {
    const line = encodeMessage(failure({ [name]: 'x'.repeat(10_000_000) }));

    expect(Buffer.byteLength(line)).toBeLessThan(MAX_LINE_BYTES);
  });

  it('is cut in its longest text first', () => {
    const read = throughTheLine(failure({ stack: 's'.repeat(9000), message: 'm'.repeat(1000) }));

    expect(read).toMatchObject({
      failure: { module: '/app/jobs.js', message: 'm'.repeat(1000), stack: expect.stringMatching(/^s{2500,}…$/) },
    });
  });

  it.each([
    ['letters', 'x'],
    ['lines', 'a line\n'],
    ['quotation marks', '"'],
    ['Cyrillic', 'ошибка '],
    ['Chinese', '错误'],
    ['emoji', '😀'],
    ['control characters', '\u001b'],
  ])('that is too long still fills most of its line: %s', (_name, unit) => {
    expect(Buffer.byteLength(encodeMessage(failure({ stack: unit.repeat(10_000) })))).toBeGreaterThan(3000);
  });
});

describe('garbage', () => {
  const NOT_MESSAGES = [
    '',
    'ready',
    '{"type":"ready","workerId":1',
    'null',
    '[]',
    '1',
    '{}',
    '{"type":"ready"}',
    '{"type":"ready","workerId":"1"}',
    '{"type":"ready","workerId":1.5}',
    '{"type":"ready","workerId":1e99}',
    '{"type":"constructor","workerId":1}',
    '{"type":["ready"],"workerId":1}',
    '{"type":"heartbeat","workerId":1}',
    '{"type":"heartbeat","workerId":1,"busy":null,"delay":0,"active":0}',
    '{"type":"heartbeat","workerId":1,"busy":"","active":0}',
    '{"type":"heartbeat","workerId":1,"busy":"","delay":1e999,"active":0}',
    '{"type":"heartbeat","workerId":1,"busy":"","delay":0}',
    '{"type":"heartbeat","workerId":1,"busy":"","delay":0,"active":1e999}',
    '{"type":"heartbeat","workerId":1,"busy":"","delay":0,"active":-1}',
    '{"type":"forked","workerId":1,"pid":-1}',
    '{"type":"forked","workerId":1,"pid":0}',
    '{"type":"listening"}',
    '{"type":"empty","workerId":null}',
    '{"type":"stopping","workerId":1,"limited":"yes"}',
    '{"type":"snapshot","workerId":1,"snapshot":[],"stack":""}',
    '{"type":"snapshot","workerId":1,"snapshot":""}',
    '{"type":"blocked","workerId":1,"state":""}',
    '{"type":"blocked","workerId":1,"state":null,"stack":""}',
    '{"type":"failed","workerId":1}',
    '{"type":"failed","workerId":1,"failure":null}',
    '{"type":"failed","workerId":1,"failure":{"module":"m","while":"loading","message":"m"}}',
    '{"type":"failed","workerId":1,"failure":{"module":"m","while":"loading","message":"m","stack":0}}',
  ];

  it.each(NOT_MESSAGES)('is not a message: %s', (line) => {
    expect(decodeMessage(line)).toBeUndefined();
  });

  it('never throws', () => {
    const lines = fc.oneof(
      fc.string(),
      anyText(100),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify({ type: 'ready', ...Object(value) })),
      anyMessage(anyText(20)).map((message) => JSON.stringify(message).slice(0, -2)),
    );
    fc.assert(
      fc.property(lines, (line) => {
        const message = decodeMessage(line);
        if (message && 'workerId' in message) expect(Number.isSafeInteger(message.workerId)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('in the fields of a message is rejected', () => {
    const types = fc.constantFrom(
      ...[
        'online',
        'ready',
        'listening',
        'quiet',
        'heartbeat',
        'stopping',
        'snapshot',
        'blocked',
        'failed',
        'heap-limit',
        'empty',
      ],
      ...[
        'preloaded',
        'preloading',
        'left-out',
        'unsafe',
        'spoiled',
        'preload-failed',
        'unfit',
        'forked',
        'fork-failed',
      ],
    );
    const value = fc.jsonValue();
    const lines = fc.record({
      type: types,
      workerId: value,
      busy: value,
      limited: value,
      snapshot: value,
      state: value,
      stack: value,
      failure: value,
      pid: value,
      reason: value,
      package: value,
      packages: value,
    });
    fc.assert(
      fc.property(lines, (fields) => {
        const message = decodeMessage(JSON.stringify(fields));
        if (!message) return;
        if (isWorkerMessage(message)) expect(typeof message.workerId).toBe('number');
        for (const text of textsOf(message)) expect(typeof text).toBe('string');
      }),
      { numRuns: 1000 },
    );
  });
});
