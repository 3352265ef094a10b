import { closeSync, readlinkSync, readSync, writeSync } from 'node:fs';
import type { Native } from '../native/binding.ts';
import type { Assignment } from '../protocol/assignment.ts';
import { COMMAND_FD, STATUS_FD } from '../protocol/channel.ts';
import { encodeMessage, type MoldMessage } from '../protocol/messages.ts';
import { becomeWorker } from '../worker/forked.ts';
import type { Randomness } from '../worker/randomness.ts';

/** Between two attempts to write to a status channel that nobody reads just now, milliseconds. */
const RETRY = 5;

/** Blocks, and forks on command, until the supervisor closes its end. In each copy it becomes the worker. */
export async function serve(native: Native, randomness: Randomness): Promise<void> {
  const assignment = nextFork(native);
  if (!assignment) native.exit(0);
  await becomeWorker(assignment, native, randomness);
}

/**
 * As fork(2) does, it returns in each copy, with the worker's assignment. In the mold it returns in the end: undefined.
 */
function nextFork(native: Native): Assignment | undefined {
  for (const line of commandLines()) {
    const assignment = JSON.parse(line) as Assignment;
    const { worker } = assignment;
    let pid: number;
    try {
      pid = native.fork(true);
    } catch (error) {
      tell({ type: 'fork-failed', worker, reason: (error as Error).message });
      continue;
    }
    // The worker says so as well. If the mold is killed between the fork and this line, the worker is known all the same.
    tell({ type: 'forked', worker, pid: pid === 0 ? currentPid() : pid });
    if (pid === 0) {
      closeSync(COMMAND_FD);
      return assignment;
    }
  }
  return undefined;
}

/** Says something at once, although the event loop does not turn. */
export function tell(message: MoldMessage): void {
  const line = encodeMessage(message);
  for (;;) {
    try {
      writeSync(STATUS_FD, line);
      return;
    } catch (error) {
      // The workers have made the socket that they share non-blocking. It is full: the supervisor is stopped or very
      // busy. Lines are written whole or not at all.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      pause(RETRY);
    }
  }
}

/** Keeps this thread, and with it the event loop, from doing anything. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function* commandLines(): Generator<string, void> {
  const chunk = Buffer.alloc(64 * 1024);
  let partial = Buffer.alloc(0);
  for (;;) {
    const bytes = readSome(chunk);
    if (bytes === 0) return;
    partial = Buffer.concat([partial, chunk.subarray(0, bytes)]);
    for (let end = partial.indexOf('\n'); end >= 0; end = partial.indexOf('\n')) {
      const line = partial.toString('utf8', 0, end);
      partial = partial.subarray(end + 1);
      yield line;
    }
  }
}

function readSome(chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(COMMAND_FD, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINTR') return 0;
    }
  }
}

/** process.pid is a copy's memory of the mold's. */
function currentPid(): number {
  return Number(readlinkSync('/proc/self'));
}
