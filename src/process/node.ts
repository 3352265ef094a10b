import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import type { Exit } from './spawner.ts';

/** A start briefly needs two descriptors for each channel and two for libuv; this is a few more. */
const DESCRIPTORS = 10;

interface Surroundings {
  /** The working directory. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
}

/**
 * Starts a Node process. Never throws. It does not use execa, which would cost every supervisor four megabytes.
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
  // EPERM when it is signalled.
  child.on('error', () => {});
  return child;
}

/** If descriptors run out during a start, Node never closes the pipes that it has opened by then. */
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

/** Calls back when the process has exited and its last messages were read. */
export function onExit(child: ChildProcess, callback: (exit: Exit) => void): void {
  // Not `close`, which waits until every descriptor is closed: a grandchild may hold one for hours.
  child.once('exit', (code, signal) => afterLastWords(() => callback({ code, signal })));
}

/**
 * When a process is reaped, its last messages may still be unread: SIGCHLD of another process leads here too, before libuv
 * has polled this one's channel. The next turn of the loop polls it, so the callback runs after that turn.
 */
export function afterLastWords(callback: () => void): void {
  setImmediate(() => setImmediate(callback));
}

/** The kernel reports ENOENT for a missing working directory as well. */
function describe({ message }: Error, directory: string): string {
  const isGone = message.endsWith('ENOENT') && !existsSync(directory);
  return isGone ? `its working directory ${directory} is gone (ENOENT)` : message;
}
