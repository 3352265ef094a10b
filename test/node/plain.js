// Runs a test in its own Node, as `node test.js` does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { killGroup, recordOf } from './group.js';

/** How long to read output after the exit, in milliseconds: a process that was left behind may keep the pipes open. */
const LAST_WORDS = 1000;

/**
 * @param {{ path: string, flags: string[], env: object }} test
 * @param {{ cwd: string, env: object, patience: number }} options
 * @returns {Promise<import('./outcome.js').End>}
 */
export async function runPlain({ path, flags, env }, options) {
  const child = spawn(process.execPath, [...flags, path], {
    cwd: options.cwd,
    detached: true,
    env: { ...options.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = recordOf(child.stdout);
  const stderr = recordOf(child.stderr);
  const closed = once(child, 'close');
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    killGroup(child.pid);
  }, options.patience);
  const [code, signal] = await once(child, 'exit');
  clearTimeout(timer);
  killGroup(child.pid);
  await Promise.race([closed, wait(LAST_WORDS, undefined, { ref: false })]);
  return { code, signal, hung, stdout: stdout(), stderr: stderr() };
}
