import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf } from '../measure/memory.js';
import { MARK, processesMarked } from '../measure/processes.js';
import { show } from '../report/measures.js';

export const BIN = new URL('../../bin/swarm', import.meta.url).pathname;
const WORKERS = 16;
/** Milliseconds of work before the picture is taken. */
const WARMUP = 60_000;

/**
 * Runs busy workers for a while, prints their memory including the supervisor's, and returns the result of `look`.
 *
 * @param {string} how how workers are made, for the output
 * @param {NodeJS.ProcessEnv} variables
 */
export async function runBusy(how, variables, look) {
  const mark = `${process.pid}.${how}`;
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    COUNT: String(WORKERS),
    [MARK]: mark,
    ...variables,
  };
  const swarm = spawn(process.execPath, [BIN, '-r', './jobs.js'], {
    cwd: import.meta.dirname,
    env: { ...env, SWARM_LOG_FORMAT: 'json' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(swarm, 'exit');
  try {
    await untilReady(swarm, WORKERS);
    await sleep(WARMUP);
    const seen = await look(env);
    console.log(`${WORKERS} ${how} workers: ${show(memoryOf(processesMarked(mark)), 'MB')}`);
    return seen;
  } finally {
    swarm.kill('SIGTERM');
    await gone;
  }
}

async function untilReady(swarm, count) {
  let ready = 0;
  for await (const line of createInterface(swarm.stdout)) {
    if (line.includes('"event":"worker.ready"')) ready += 1;
    if (ready === count) break;
  }
  if (ready < count) throw new Error('the swarm ended before all of its workers were ready');
  // Keep reading, so that the pipe does not fill.
  swarm.stdout.resume();
}
