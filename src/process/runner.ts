import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/*
 * `npx swarm` and scripts in package.json put npm in front of swarm. On TERM, npm exits, as does the shell through
 * which it started swarm, but swarm gets no signal. So swarm checks every second whether both still exist. In the
 * background, swarm must outlive them, so it does not check there: a shell gives a background process another stdin,
 * and setsid(1) gives it another session.
 */

/** What the kernel knows about a process. */
export interface ProcessFacts {
  readonly parent: number;
  readonly session: number;
  /** Its arguments, or the process title that it has put in their place. */
  readonly command: readonly string[];
  /** Target of its stdin. */
  readonly stdin: string;
}

/** @returns undefined if there is no such process, or this user may not inspect it */
export type Look = (pid: number) => ProcessFacts | undefined;

/** A package manager that started a process, perhaps through a shell or another package manager. */
export interface Runner {
  readonly name: string;
  /** The process and its ancestors, up to the last one that is a package manager. */
  readonly chain: readonly number[];
}

/** Interval between two checks, milliseconds. */
const INTERVAL = 1000;

/** Calls back when the package manager in front of this process has exited. Does nothing if there is none. */
export function watchRunner(onEnd: (name: string) => void): void {
  const runner = findRunner(process.pid, look);
  if (!runner) return;
  const parentOf = (pid: number) => (pid === process.pid ? process.ppid : look(pid)?.parent);
  const timer = setInterval(() => {
    if (!hasEnded(runner, parentOf)) return;
    clearInterval(timer);
    onEnd(runner.name);
  }, INTERVAL).unref();
}

/** Finds the package manager in front of a foreground process; of several, the outermost. */
export function findRunner(pid: number, look: Look): Runner | undefined {
  const self = look(pid);
  if (!self) return undefined;
  let runner: Runner | undefined;
  const chain = [pid];
  for (let next = self.parent, process = look(next); process; next = process.parent, process = look(next)) {
    const isInForeground = process.session === self.session && process.stdin === self.stdin;
    const name = packageManager(process.command);
    if (!isInForeground || (name === undefined && !isShell(process.command))) break;
    chain.push(next);
    if (name !== undefined) runner = { name, chain: [...chain] };
  }
  return runner;
}

/**
 * Whether a process of the chain has a new parent, because its parent has exited.
 *
 * @param parentOf returns undefined if the parent cannot be read now, for example without a free descriptor
 */
export function hasEnded({ chain }: Runner, parentOf: (pid: number) => number | undefined): boolean {
  return chain.slice(0, -1).some((pid, index) => (parentOf(pid) ?? chain[index + 1]) !== chain[index + 1]);
}

/** npm's process title is "npm exec swarm"; others run as "node /usr/bin/pnpm exec swarm". */
function packageManager([first = '', second = '']: readonly string[]): string | undefined {
  const program = basename(first.split(' ')[0] ?? '');
  const script = program === 'node' ? basename(second) : program;
  return /^(npm|npx|pnpm|pnpx|yarn|yarnpkg|bun|bunx)(-cli)?(-[\d.]+)?(\.[cm]?js)?$/.exec(script)?.[1];
}

function isShell([program = '', ...args]: readonly string[]): boolean {
  return /^(sh|bash|dash|ash|ksh|zsh)$/.test(basename(program)) && args.includes('-c');
}

function look(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The fields after the process name, which may contain anything.
    const [, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const stdin = readlinkSync(`/proc/${pid}/fd/0`);
    return { parent: Number(parent), session: Number(session), command, stdin };
  } catch {
    return undefined;
  }
}
