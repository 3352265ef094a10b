import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Native } from '../native/binding.ts';
import { readMessages } from '../protocol/channel.ts';
import { isWorkerMessage, type WorkerMessage } from '../protocol/messages.ts';
import { throttle } from '../protocol/throttle.ts';

/** No worker takes one of the last so many: they are for whoever asks, and scales down, and for the next mold. */
const SPARE_DESCRIPTORS = 12;

/** Receives messages of one worker. A message in the name of another worker is dropped. */
export interface WorkerListener {
  onMessage(message: WorkerMessage): void;
  /** The worker reports its pid. User code can write that line too, so the pid has to be checked. */
  onForked?(pid: number): void;
}

/** Reads the status channel of one worker, in fork and in spawn mode. */
export function readWorker(channel: Readable, workerId: number, { onMessage, onForked }: WorkerListener): void {
  readMessages(channel, (message) => {
    if (isWorkerMessage(message)) {
      if (message.workerId === workerId) onMessage(message);
    } else if (message.type === 'forked' && message.workerId === workerId) {
      onForked?.(message.pid);
    }
  });
  throttle(channel);
}

/**
 * Opens the status channel for a worker in fork mode.
 *
 * @param limit how many descriptors this process may have
 * @returns `theirs`: the worker's end, a descriptor that the caller closes
 * @throws EMFILE, ENFILE, …
 */
export function openWorkerChannel(native: Native, limit: number): { ours: Socket; theirs: number } {
  const [fd, theirs] = native.openChannel('stream');
  // The kernel gives the lowest that are free.
  if (Math.max(fd, theirs) >= limit - SPARE_DESCRIPTORS) {
    closeSync(fd);
    closeSync(theirs);
    throw new Error(`only ${SPARE_DESCRIPTORS} of ${limit} descriptors are left (EMFILE)`);
  }
  const ours = new Socket({ fd, readable: true, writable: false });
  // The channel of a worker that was given up may stay open. It must not keep this process alive.
  ours.unref();
  return { ours, theirs };
}
