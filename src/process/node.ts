import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import type { Exit } from './spawner.ts';

/** More than a start takes for a moment: two for each channel and for libuv's report of it. */
const DESCRIPTORS = 10;

interface Surroundings {
  /** The working directory. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
}

/**
 * Starts a Node. Not with execa: its memory would be paid for in every swarm.
 *
 * @param onRefused is told why it could not be started, now or later
 * @returns undefined if it could not
 */
export function startNode(
  args: readonly string[],
  { directory, env, stdio }: Surroundings,
  onRefused: (reason: string) => void,
): ChildProcess | undefined {
  const refuse = (error: Error) => onRefused(`Node could not be started: ${describe(error, directory)}`);
  let child: ChildProcess;
  try {
    makeSureOfDescriptors();
    child = spawn(process.execPath, args, { cwd: directory, env, stdio });
  } catch (error) {
    // EMFILE, ENFILE, ENOMEM, EPERM, E2BIG, …
    refuse(error as Error);
    return undefined;
  }
  if (child.pid === undefined) {
    // EAGAIN, EACCES, ENOENT, …
    child.once('error', refuse);
    return undefined;
  }
  // A signal that this user may not send to it.
  child.on('error', () => {});
  return child;
}

/** When they run out in the middle of a start, Node never closes those that it has made by then. */
function makeSureOfDescriptors(): void {
  const opened: number[] = [];
  try {
    while (opened.length < DESCRIPTORS) opened.push(openSync('/', 'r'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EMFILE' || code === 'ENFILE') throw new Error(`spawn ${process.execPath} ${code}`);
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

/** Calls back when it has exited, and what it said last has been read. */
export function onExit(child: ChildProcess, callback: (exit: Exit) => void): void {
  // Not `close`, which waits until every descriptor is closed: a grandchild may hold one for hours.
  child.once('exit', (code, signal) => afterLastWords(() => callback({ code, signal })));
}

/**
 * The last words of a process come before its exit, and may still be unread: the exit of another process leads here as
 * well, and then this one's channel has not been looked at. The next turn of the loop does that, so this is after that one.
 */
export function afterLastWords(callback: () => void): void {
  setImmediate(() => setImmediate(callback));
}

/** The kernel says ENOENT of the program also where it is the directory that is gone. */
function describe({ message }: Error, directory: string): string {
  const isGone = message.endsWith('ENOENT') && !existsSync(directory);
  return isGone ? `its working directory ${directory} is gone (ENOENT)` : message;
}
