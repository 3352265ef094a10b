import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf } from '../measure/memory.js';
import { MARK, processesMarked } from '../measure/processes.js';
import { show } from '../report/measures.js';

export const BIN = new URL('../../bin/swarm', import.meta.url).pathname;
const WORKERS = 16;
/** Of work before the picture is taken, milliseconds. */
const WARMUP = 60_000;

/**
 * Has workers work for a while, prints what they and their supervisor take, and returns what `look` sees of them.
 *
 * @param {string} how names these workers
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
  if (ready < count) throw new Error('the swarm has ended before all of its workers were ready');
  // Writers need a reader.
  swarm.stdout.resume();
}
