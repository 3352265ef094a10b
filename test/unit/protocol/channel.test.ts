import { once } from 'node:events';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessages } from '../../../src/protocol/channel.ts';
import { encodeMessage, MAX_LINE_BYTES, type Message } from '../../../src/protocol/messages.ts';

/** Reads a stream that delivers these chunks, one at a time. */
async function read(...chunks: (string | Uint8Array)[]): Promise<{ messages: Message[]; dropped: number }> {
  const stream = new Readable({ read() {} });
  const messages: Message[] = [];
  const dropped = readMessages(stream, (message) => messages.push(message));
  for (const chunk of chunks) {
    stream.push(chunk);
    // Otherwise the stream could deliver two chunks as one.
    while (stream.readableLength > 0) await new Promise(setImmediate);
  }
  stream.push(null);
  await once(stream, 'end');
  return { messages, dropped: dropped() };
}

const READY: Message = { type: 'ready', workerId: 7 };
const READY_LINE = encodeMessage(READY);

const MESSAGES: Message[] = [
  { type: 'online', workerId: 1 },
  { type: 'heartbeat', workerId: 2, busy: 'ž 日本 😀 "q" \\ \n', delay: 0, active: 0 },
  READY,
];
const BYTES = Buffer.from(MESSAGES.map(encodeMessage).join(''));

describe('messages', () => {
  it('are read in order if many come in one chunk', async () => {
    const many = Array.from({ length: 1000 }, (_, worker): Message => ({ type: 'ready', workerId: worker }));

    expect(await read(many.map(encodeMessage).join(''))).toEqual({ messages: many, dropped: 0 });
  });

  it('are read if they are split anywhere, even within a character', async () => {
    for (let position = 0; position <= BYTES.length; position += 1) {
      expect(await read(BYTES.subarray(0, position), BYTES.subarray(position))).toEqual({
        messages: MESSAGES,
        dropped: 0,
      });
    }
  });

  it('are read if they come byte by byte', async () => {
    expect(await read(...Array.from(BYTES, (byte) => Buffer.of(byte)))).toEqual({ messages: MESSAGES, dropped: 0 });
  });

  it('are read as soon as their line is complete', () => {
    const stream = new Readable({ read() {} });
    const messages: Message[] = [];
    readMessages(stream, (message) => messages.push(message));

    stream.emit('data', READY_LINE.slice(0, -1));
    expect(messages).toEqual([]);
    stream.emit('data', '\n');
    expect(messages).toEqual([READY]);
  });

  it('need their newline, even at the end of the stream', async () => {
    expect((await read(READY_LINE, READY_LINE.slice(0, -1))).messages).toEqual([READY]);
  });

  it('that end with a reset connection cause no error', async () => {
    const stream = new Readable({ read() {} });
    readMessages(stream, () => {});

    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.destroy(new Error('read ECONNRESET'));

    await closed;
  });
});

describe('garbage', () => {
  it.each([
    ['an empty line', '\n', 1],
    ['a line of text', 'hello\n', 1],
    ['several lines', 'one\ntwo\n\nfour\n', 4],
    ['an object that is not a message', '{"type":"hello","worker":1}\n', 1],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x00, 0x0a]), 1],
    ['a message after a stray character', `x${encodeMessage(MESSAGES[0] as Message)}`, 1],
  ])('is dropped and counted: %s', async (_name, garbage, count) => {
    expect(await read(READY_LINE, garbage, READY_LINE)).toEqual({ messages: [READY, READY], dropped: count });
  });

  it('of any kind does not hide the next message', async () => {
    const anything = fc.array(fc.uint8Array({ maxLength: 6000, size: 'max' }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(anything, async (chunks) => {
        const { messages } = await read(...chunks, '\n', READY_LINE);
        expect(messages).toEqual([READY]);
      }),
    );
  });
});

describe('a line that is too long', () => {
  const TOO_LONG = 'x'.repeat(MAX_LINE_BYTES + 1);

  it.each<[how: string, chunks: string[]]>([
    ['in one chunk', [TOO_LONG, '\n']],
    ['in one chunk with its newline', [`${TOO_LONG}\n`]],
    ['in many chunks', [...Array<string>(1000).fill('x'.repeat(1000)), '\n']],
    ['after a message', [READY_LINE.slice(0, -1) + TOO_LONG, '\n']],
    ['with an end that looks like a message', [TOO_LONG, READY_LINE]],
    ['with an end that looks like a message, chunks later', [TOO_LONG, TOO_LONG, 'x', READY_LINE]],
  ])('is dropped, counted once, and does not hide the next message: %s', async (_how, chunks) => {
    expect(await read(...chunks, READY_LINE)).toEqual({ messages: [READY], dropped: 1 });
    expect(await read(...chunks.slice(0, -1), `${chunks.at(-1)}${READY_LINE}`)).toEqual({
      messages: [READY],
      dropped: 1,
    });
  });

  it('can be followed by another one', async () => {
    expect(await read(TOO_LONG, '\n', TOO_LONG, '\n', READY_LINE)).toEqual({ messages: [READY], dropped: 2 });
  });

  it('is not kept in memory', async () => {
    const stream = new Readable({ read() {} });
    readMessages(stream, () => {});
    const chunk = 'x'.repeat(64 * 1024);

    // More than a string can hold.
    for (let bytes = 0; bytes < 2 ** 30; bytes += chunk.length) stream.emit('data', chunk);
  });
});
