import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/*
 * `npx swarm`, and a script of package.json, put npm in front of swarm. On TERM npm ends, and so does the shell through
 * which it started swarm, and swarm gets no signal. So swarm checks every second whether both are still there. It does
 * not do so in the background, where it should go on: a shell gives such a process another stdin, setsid(1) another
 * session.
 */

/** What the kernel says of a process. */
export interface ProcessFacts {
  readonly parent: number;
  readonly session: number;
  /** Its arguments, or what it has made of them. */
  readonly command: readonly string[];
  /** What its stdin leads to. */
  readonly stdin: string;
}

/** @returns undefined if there is no such process, or it is not ours to see */
export type Look = (pid: number) => ProcessFacts | undefined;

/** A package manager that has started a process, perhaps by a shell or another package manager. */
export interface Runner {
  readonly name: string;
  /** The process and its ancestors, up to the last one that is a package manager. */
  readonly chain: readonly number[];
}

/** Between two looks, milliseconds. */
const INTERVAL = 1000;

/** Calls back when the package manager in front of this process has ended. Where there is none, nothing happens. */
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

/** The package manager in front of a process that runs in the foreground; the first of several. */
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
 * Whether a process of the chain has got another parent, as orphans do.
 *
 * @param parentOf undefined: it cannot be told now, as where this process may open no more files
 */
export function hasEnded({ chain }: Runner, parentOf: (pid: number) => number | undefined): boolean {
  return chain.slice(0, -1).some((pid, index) => (parentOf(pid) ?? chain[index + 1]) !== chain[index + 1]);
}

/** npm calls itself "npm exec swarm"; others are "node /usr/bin/pnpm exec swarm". */
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
    // After the name, which may contain anything.
    const [, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const stdin = readlinkSync(`/proc/${pid}/fd/0`);
    return { parent: Number(parent), session: Number(session), command, stdin };
  } catch {
    return undefined;
  }
}
