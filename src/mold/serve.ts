import { closeSync, writeSync } from 'node:fs';
import type { Native } from '../native/binding.ts';
import { assign, type ForkCommand, type MoldAssignment } from '../protocol/assignment.ts';
import { COMMAND_FD, STATUS_FD } from '../protocol/channel.ts';
import { encodeMessage, type MoldMessage } from '../protocol/messages.ts';
import type { Randomness } from '../sameness/randomness.ts';
import { forgetWaiting } from '../sameness/waiting.ts';
import { becomeWorker } from '../worker/forked.ts';

/** Blocks, and forks on command, until the supervisor closes its end. In each copy it becomes the worker. */
export async function serve(
  native: Native,
  { modules, preloads, ...common }: Omit<MoldAssignment, 'preload' | 'preloadApp' | 'given' | 'leaveOut'>,
  randomness: Randomness,
): Promise<void> {
  const since = performance.now();
  const command = nextFork(native);
  if (!command) native.exit(0);
  forgetWaiting(performance.now() - since);
  const { port, modules: program = modules, ...order } = command;
  await becomeWorker(assign(order, common, { modules: program, preloads, port }), native, randomness);
}

/** As fork(2) does, it returns in each copy, with the worker's command. In the mold it returns in the end: undefined. */
function nextFork(native: Native): ForkCommand | undefined {
  for (;;) {
    const received = native.receiveMessage(COMMAND_FD);
    if (!received) return undefined;
    const command = JSON.parse(received.text) as ForkCommand;
    if (fork(native, command, received.descriptor)) return command;
  }
}

/**
 * @param channel the worker's end of its status channel
 * @returns whether this is the copy
 */
function fork(native: Native, { workerId }: ForkCommand, channel: number | undefined): boolean {
  if (channel === undefined) {
    tell({ type: 'fork-failed', workerId, reason: 'the mold cannot open another descriptor (EMFILE)' });
    return false;
  }
  let pid: number;
  try {
    pid = native.fork(true);
  } catch (error) {
    tell({ type: 'fork-failed', workerId, reason: (error as Error).message });
    closeSync(channel);
    return false;
  }
  if (pid === 0) {
    closeSync(COMMAND_FD);
    // Replaces the mold's channel: from here on, descriptor 3 is the worker's own.
    native.moveDescriptor(channel, STATUS_FD);
    // The mold reports the pid too. If it is killed between the fork and its report, this one remains.
    tell({ type: 'forked', workerId, pid: native.pid() });
    return true;
  }
  tell({ type: 'forked', workerId, pid });
  closeSync(channel);
  return false;
}

/** Sends a message at once, without the event loop. Blocks while the channel is full. */
export function tell(message: MoldMessage): void {
  try {
    writeSync(STATUS_FD, encodeMessage(message));
  } catch {
    // The supervisor is gone.
  }
}

/** Keeps this thread, and with it the event loop, from doing anything. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
