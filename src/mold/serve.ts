import { closeSync } from 'node:fs';
import type { Native } from '../native/binding.ts';
import { assign, type ForkCommand, type MoldAssignment } from '../protocol/assignment.ts';
import { COMMAND_FD, STATUS_FD } from '../protocol/channel.ts';
import type { Randomness } from '../sameness/randomness.ts';
import { forgetWaiting } from '../sameness/renewal/waiting.ts';
import { becomeWorker } from '../worker/forked.ts';
import { sendStatus } from './status.ts';

/** Blocks and forks on command until the supervisor closes its end of the channel. Each copy becomes a worker here. */
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

/**
 * Returns in each copy, as fork(2) does. In the mold, it returns only when the channel is closed.
 *
 * @returns in a copy, the command for the worker; in the mold, undefined
 */
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
    sendStatus({ type: 'fork-failed', workerId, reason: 'the mold cannot open another descriptor (EMFILE)' });
    return false;
  }
  let pid: number;
  try {
    pid = native.fork(true);
  } catch (error) {
    sendStatus({ type: 'fork-failed', workerId, reason: (error as Error).message });
    closeSync(channel);
    return false;
  }
  if (pid === 0) {
    closeSync(COMMAND_FD);
    // Replaces the mold's channel: from here on, descriptor 3 is the worker's own.
    native.moveDescriptor(channel, STATUS_FD);
    // The mold also reports the pid, but it may be killed between the fork and its report.
    sendStatus({ type: 'forked', workerId, pid: native.pid() });
    return true;
  }
  sendStatus({ type: 'forked', workerId, pid });
  closeSync(channel);
  return false;
}
