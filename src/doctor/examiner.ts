import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { systemClock } from '../process/clock.ts';
import { type HeapLimits, moldProcess } from '../process/node-flags.ts';
import type { Exit } from '../process/spawner.ts';
import type { LoadAssignment } from '../protocol/assignment.ts';
import { STATUS_FD } from '../protocol/channel.ts';
import { moldEnvironmentWith } from '../protocol/environment.ts';
import { decodeExamination, type ExaminationMessage } from '../protocol/examination.ts';
import type { NodeOptions } from '../protocol/invocation.ts';

const EXAMINER = fileURLToPath(new URL('../mold/examine.js', import.meta.url));

/** Signals that end this process, which kills the examiner first. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface ExaminerOptions {
  /** The working directory. */
  readonly directory: string;
  /** Node's options: see Mold. */
  readonly options: NodeOptions;
  readonly heap: HeapLimits;
  /** Maximum silence in milliseconds. */
  readonly timeout: number;
}

/**
 * Runs an examiner: a process that loads everything as a mold does. Kills it, and child processes that packages
 * started, when it has reported everything or has been silent for too long.
 *
 * @returns how it ended, or `silent` if it was silent for too long
 */
export async function runExaminer(
  assignment: LoadAssignment,
  { directory, options, heap, timeout }: ExaminerOptions,
  onMessage: (message: ExaminationMessage) => void,
): Promise<Exit | 'silent'> {
  const { args, env } = moldProcess(options, heap);
  const child = execa(process.execPath, [...args, EXAMINER], {
    cwd: directory,
    env: moldEnvironmentWith(assignment, env),
    extendEnv: false,
    // What packages print goes to stderr, because stdout may be JSON.
    stdio: ['ignore', 2, 2, 'pipe'],
    buffer: false,
    reject: false,
    // A process group of its own.
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`Node could not be started: ${(await child).shortMessage}`);
  const leave = (signal: NodeJS.Signals) => {
    endGroup(pid);
    process.kill(process.pid, signal);
  };
  for (const signal of ENDING) process.once(signal, leave);
  let silent = false;
  const clock = systemClock();
  const onSilence = () => {
    silent = true;
    endGroup(pid);
  };
  const watch = () => {
    clock.wakeAt(clock.now() + timeout, onSilence, timeout / 10);
  };
  watch();

  const status = child.stdio[STATUS_FD] as Readable;
  // ECONNRESET, if it is killed while it writes.
  status.on('error', () => {});
  createInterface({ input: status }).on('line', (line) => {
    const message = decodeExamination(line);
    if (!message) return;
    watch();
    onMessage(message);
    if (message.type === 'ended') endGroup(pid);
  });
  const exit = await new Promise<Exit>((resolve) => {
    // Its last messages may still be unread: see ExecSpawner.
    child.once('exit', (code, signal) => setImmediate(() => setImmediate(() => resolve({ code, signal }))));
  });
  clock.stop();
  for (const signal of ENDING) process.off(signal, leave);
  status.destroy();
  endGroup(pid);
  return silent ? 'silent' : exit;
}

/** Kills the process group. While any of its processes lives, no other group can get its id. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is empty.
  }
}
