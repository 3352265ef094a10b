import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A variable in the environment of all processes of a test. Its value is different for each swarm. */
export const MARK = 'TEST_OF_SWARM';

/** This environment without variables that affect swarm. Tests set their own. */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  const names = /^(SWARM_|NODE_|COUNT$|INDEX$|DYNO$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.test(name)));
}

let counter = 0;

export function newMark(): string {
  return `${process.pid}.${counter++}`;
}

/** The living processes that were started with this mark. */
export function processesMarked(mark: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && hasVariable(pid, `${MARK}=${mark}`));
}

/** Milliseconds, enough for a slow machine. After that a test fails, and says what it was waiting for. */
export const PATIENCE = 90_000;

/**
 * Polls until the processes with this mark meet the condition: no event reports the end of another process's child.
 */
export async function untilProcesses(
  what: string,
  mark: string,
  condition: (pids: number[]) => boolean,
): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!condition(processesMarked(mark))) {
    if (performance.now() > end) {
      throw new Error(`timed out waiting for: ${what}; alive: ${processesMarked(mark).join(', ')}`);
    }
    await sleep(20);
  }
}

function hasVariable(pid: number, variable: string): boolean {
  try {
    // A zombie's environment is empty: it is dead.
    return readFileSync(join('/proc', String(pid), 'environ'), 'latin1')
      .split('\0')
      .includes(variable);
  } catch {
    return false;
  }
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in the meantime.
  }
}
