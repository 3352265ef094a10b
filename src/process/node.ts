import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import type { Exit } from './spawner.ts';

/** Descriptors that a start briefly needs: two for each channel, two for libuv, and a few to spare. */
const DESCRIPTORS = 10;

interface Surroundings {
  /** The working directory. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
}

/**
 * Starts a Node process. Never throws. Does not use execa, which would cost every supervisor four megabytes.
 *
 * @param onRefused called with the reason if the process could not be started, before or after this function returns
 * @returns undefined if the process could not be started
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
  // Signalling it can fail with EPERM.
  child.on('error', () => {});
  return child;
}

/** Throws if too few are free: when descriptors run out during a start, Node never closes the pipes it has opened. */
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

/** Calls back when the process has exited and its last messages have been read. */
export function onExit(child: ChildProcess, callback: (exit: Exit) => void): void {
  // Not `close`, which waits until every descriptor is closed: a grandchild can hold one for hours.
  child.once('exit', (code, signal) => afterLastWords(() => callback({ code, signal })));
}

/**
 * Calls back when the last messages of a reaped process have been read. The SIGCHLD of another process can reap it
 * before libuv has polled its channel. The next turn of the event loop polls it, so the callback runs after that turn.
 */
export function afterLastWords(callback: () => void): void {
  setImmediate(() => setImmediate(callback));
}

/** The kernel reports a missing working directory as ENOENT too. */
function describe({ message }: Error, directory: string): string {
  const isGone = message.endsWith('ENOENT') && !existsSync(directory);
  return isGone ? `its working directory ${directory} is gone (ENOENT)` : message;
}
