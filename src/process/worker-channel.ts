import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Native } from '../native/binding.ts';
import { readMessages } from '../protocol/channel.ts';
import { isWorkerMessage, type WorkerMessage } from '../protocol/messages.ts';
import { throttle } from '../protocol/throttle.ts';

/** Of one worker alone: what it says in the name of another is dropped. */
export interface Listener {
  onMessage(message: WorkerMessage): void;
  /** The worker has said its pid. Anybody can write that, so it has to be checked. */
  onForked?(pid: number): void;
}

/** Reads what a worker says on its status channel. Both ways of making workers come here. */
export function readWorker(channel: Readable, worker: number, { onMessage, onForked }: Listener): void {
  readMessages(channel, (message) => {
    if (isWorkerMessage(message)) {
      if (message.worker === worker) onMessage(message);
    } else if (message.type === 'forked' && message.worker === worker) {
      onForked?.(message.pid);
    }
  });
  throttle(channel);
}

/**
 * The status channel of a worker that is to be forked.
 *
 * @returns `theirs`: the worker's end, a descriptor that is still to be closed here
 * @throws EMFILE, ENFILE, …
 */
export function openWorkerChannel(native: Native): { ours: Socket; theirs: number } {
  const [fd, theirs] = native.openChannel('stream');
  const ours = new Socket({ fd, readable: true, writable: false });
  // It keeps nobody alive: of a worker that never came to be, it may stay open.
  ours.unref();
  return { ours, theirs };
}
