import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describeThreads, groupMembers } from './tasks.js';

/**
 * Runs a Node program in its own process group. The program reports on descriptor 3, one line of JSON per report. If it
 * is silent for too long, it counts as hung: its threads are described and its whole group is killed.
 *
 * @param {string[]} command
 * @param {{ stdout?: 'pipe' | 'ignore' | number, env?: object, patience: number, onReport: (report: any) => void }} options
 */
export async function bounded(command, { stdout = 'pipe', env = {}, patience, onReport }) {
  const child = spawn(command[0], command.slice(1), {
    detached: true,
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', stdout, 'pipe', 'pipe'],
  });
  const output = { 1: '', 2: '' };
  for (const descriptor of [1, 2]) {
    child.stdio[descriptor]?.setEncoding('utf8').on('data', (text) => {
      output[descriptor] += text;
    });
  }

  let hung;
  const watchdog = setTimeout(() => {
    hung = groupMembers(child.pid).map(describeThreads).join('\n');
    killGroup(child.pid);
  }, patience);
  createInterface({ input: child.stdio[3] }).on('line', (line) => {
    watchdog.refresh();
    onReport(JSON.parse(line));
  });

  // Not 'close' yet: a process that was left behind may keep the pipes open.
  const [code, signal] = await once(child, 'exit');
  const leftBehind = groupMembers(child.pid);
  killGroup(child.pid);
  if (child.stdio.some((stream) => stream && !stream.closed)) await once(child, 'close');
  clearTimeout(watchdog);
  return { code, signal, hung, leftBehind, stdout: output[1], stderr: output[2] };
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has no processes left.
  }
}
