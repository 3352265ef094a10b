import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../report/statistics.js';
import { sampleMemory } from './memory.js';
import { measureReplacements } from './replacement.js';
import { measureThroughput } from './throughput.js';

const IDLE_SAMPLES = 3;
const LOAD_SAMPLES = 5;

/** Measures everything that needs many workers. @returns figures by the names of report/measures.js */
export async function measureMany(session, { settle, warmup, load, kills }) {
  await sleep(settle * 1000);
  const idle = await sampleMemory(session, IDLE_SAMPLES);
  const processes = session.processes().length;

  await session.ask('work', { collectEvery: 0 });
  await sleep(warmup * 1000);
  const { rate } = await measureThroughput(session, load);
  // After the throughput, because counting pages takes CPU time from the workers.
  const loaded = await sampleMemory(session, LOAD_SAMPLES);
  await session.ask('rest');

  const replacements = await measureReplacements(session, kills);
  const stop = await session.stop();
  return { ready: session.ready, idle, loaded, rate, replacement: median(replacements), replacements, stop, processes };
}

/** Measures jobs per second with one worker per core. */
export async function measureCores(session, { warmup, load }) {
  await session.ask('work', { collectEvery: 0 });
  await sleep(warmup * 1000);
  const { rate, cpu } = await measureThroughput(session, load);
  await session.ask('rest');
  await session.stop();
  return { rateCores: rate, cpu };
}
