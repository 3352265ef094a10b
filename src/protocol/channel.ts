import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { decodeMessage, encodeMessage, MAX_LINE_BYTES, type Message, type WorkerMessage } from './messages.ts';

/** The descriptor on which a mold or a worker finds its end of the status channel. */
export const STATUS_FD = 3;

/** The descriptor on which a mold reads what to fork: a ForkCommand each, and the new worker's end of its status channel. */
export const COMMAND_FD = 4;

/**
 * Reads messages from the supervisor's end. What is not a message is dropped and counted, never an error: a worker's
 * own code can write anything to any descriptor.
 *
 * @returns how many lines were dropped so far
 */
export function readMessages(stream: Readable, onMessage: (message: Message) => void): () => number {
  let dropped = 0;
  let partial = '';
  let skipping = false;
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = skipping ? undefined : decodeMessage(partial + line);
      partial = '';
      skipping = false;
      if (message) onMessage(message);
      else dropped += 1;
    }
    // A line without an end must not fill the supervisor's memory: forget it until its newline comes.
    partial = skipping ? '' : partial + rest;
    if (partial.length > MAX_LINE_BYTES) {
      partial = '';
      skipping = true;
    }
  });
  // A reset connection is a dead worker, which its exit will tell.
  stream.on('error', () => {});
  return () => dropped;
}

/** A worker's end of the status channel. It never keeps the process alive and never throws. */
export interface StatusLink {
  send(message: WorkerMessage): void;
  /** At once, although the event loop does not turn, and past the stream, which may be in the middle of something. */
  sendNow(message: WorkerMessage): void;
  /** What is written, and where, while the event loop does not turn; see InterruptLine. */
  blocked(worker: number): { fd: number; text: string };
  /** The supervisor is gone, even by SIGKILL: it alone held the other end. */
  onSupervisorGone(listener: () => void): void;
}

/** Heartbeats are worth less than memory: unread bytes above which they are not sent. */
const MAX_UNREAD_BYTES = 64 * 1024;

/** As a snapshot says it. */
export const BLOCKED = 'event loop blocked for % s; % MB resident; heap % of % MB';

export function openStatusLink(fd: number): StatusLink {
  const socket = new Socket({ fd, readable: true, writable: true });
  socket.unref();
  // Each line by itself: the kernel takes one such write whole or not at all, and sendNow() may come between two.
  Object.assign(socket, { _writev: null });
  // The supervisor never writes. Reading is how its end is noticed.
  socket.resume();
  // EPIPE after the supervisor died; `close` follows.
  socket.on('error', () => {});
  return {
    send(message) {
      if (!socket.writable) return;
      if (message.type === 'heartbeat' && socket.writableLength > MAX_UNREAD_BYTES) return;
      socket.write(encodeMessage(message));
    },
    sendNow(message) {
      try {
        writeSync(fd, encodeMessage(message));
      } catch {
        // EAGAIN: the supervisor does not read now, and no part of the line was written. Or it is gone.
      }
    },
    blocked: (workerId) => ({ fd, text: encodeMessage({ type: 'blocked', workerId, state: BLOCKED, stack: '%' }) }),
    onSupervisorGone(listener) {
      socket.once('close', listener);
    },
  };
}
