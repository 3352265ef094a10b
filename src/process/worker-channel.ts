import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Native } from '../native/binding.ts';
import { readMessages } from '../protocol/channel.ts';
import { isWorkerMessage, type WorkerMessage } from '../protocol/messages.ts';
import { throttle } from '../protocol/throttle.ts';

/** Receives messages of one worker. A message in the name of another worker is dropped. */
export interface WorkerListener {
  onMessage(message: WorkerMessage): void;
  /** The worker reports its pid. User code can write that line too, so the pid must be checked. */
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
 * @returns `theirs`: the worker's end, a descriptor that the caller closes
 * @throws EMFILE, ENFILE, …
 */
export function openWorkerChannel(native: Native): { ours: Socket; theirs: number } {
  const [fd, theirs] = native.openChannel('stream');
  const ours = new Socket({ fd, readable: true, writable: false });
  // The channel of an abandoned start can stay open. It must not keep this process alive.
  ours.unref();
  return { ours, theirs };
}
