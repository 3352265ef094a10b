import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { decodeMessage, encodeMessage, MAX_LINE_BYTES, type Message, type WorkerMessage } from './messages.ts';

/** Descriptor of a mold's or worker's end of the status channel. */
export const STATUS_FD = 3;

/** Descriptor from which a mold reads fork commands, each with the new worker's end of its status channel. */
export const COMMAND_FD = 4;

/**
 * Reads messages from the supervisor's end. A line that is not a message is dropped and counted, never an error:
 * application code can write anything to any descriptor.
 *
 * @returns a function that returns how many lines were dropped so far
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
    // An endless line must not fill the supervisor's memory: drop everything up to its newline.
    partial = skipping ? '' : partial + rest;
    if (partial.length > MAX_LINE_BYTES) {
      partial = '';
      skipping = true;
    }
  });
  // A reset connection means a dead worker. Its exit is reported separately.
  stream.on('error', () => {});
  return () => dropped;
}

/** A worker's end of the status channel. It never keeps the process alive and never throws. */
export interface StatusLink {
  send(message: WorkerMessage): void;
  /** Writes immediately, even while the event loop is blocked, and bypasses the stream, which may be mid-operation. */
  sendNow(message: WorkerMessage): void;
  /** The line to write while the event loop is blocked, and its descriptor; see InterruptLine. */
  blocked(worker: number): { fd: number; text: string };
  /** Calls back when the supervisor is gone, even after SIGKILL: only the supervisor held the other end. */
  onSupervisorGone(listener: () => void): void;
}

/** Heartbeats are dropped above this number of unread bytes. */
const MAX_UNREAD_BYTES = 64 * 1024;

/** Template of a snapshot's text. Values replace each %. */
export const BLOCKED = 'event loop blocked for % s; % MB resident; heap % of % MB';

export function openStatusLink(fd: number): StatusLink {
  const socket = new Socket({ fd, readable: true, writable: true });
  socket.unref();
  // One write per line: the kernel takes such a write whole or not at all, and sendNow() can come between two.
  Object.assign(socket, { _writev: null });
  // The supervisor never writes, but reading detects its end.
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
        // EAGAIN: the supervisor is not reading, and no part of the line was written. Otherwise the supervisor is gone.
      }
    },
    blocked: (workerId) => ({ fd, text: encodeMessage({ type: 'blocked', workerId, state: BLOCKED, stack: '%' }) }),
    onSupervisorGone(listener) {
      socket.once('close', listener);
    },
  };
}
