import { writeSync } from 'node:fs';
import { STATUS_FD } from '../protocol/channel.ts';
import { encodeMessage, type MoldMessage } from '../protocol/messages.ts';

/** Sends a message to the supervisor without using the event loop. Blocks while the channel is full. */
export function sendStatus(message: MoldMessage): void {
  try {
    writeSync(STATUS_FD, encodeMessage(message));
  } catch {
    // The supervisor is gone.
  }
}
