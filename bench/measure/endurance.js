import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf, sampleMemory } from './memory.js';

/**
 * A run of 10 minutes has a full collection every 300 jobs. A shorter run has about as many, closer together, because
 * full collections are what reduces shared memory.
 */
const JOBS_PER_COLLECTION_AND_MINUTE = 30;
const SAMPLES = 5;
/** The number of points of the curve. */
const POINTS = 20;

/** Measures memory after long load with many full collections, and its curve until then. */
export async function measureEndurance(session, { long: minutes }) {
  const collectEvery = Math.max(1, Math.round(JOBS_PER_COLLECTION_AND_MINUTE * minutes));
  const curve = [memoryOf(session.processes())];
  await session.ask('work', { collectEvery });
  for (let point = 0; point < POINTS; point += 1) {
    await sleep((minutes * 60_000) / POINTS);
    curve.push(memoryOf(session.processes()));
  }
  const endured = await sampleMemory(session, SAMPLES);
  const counts = [...(await session.ask('count')).values()];
  await session.ask('rest');
  await session.stop();
  const collections = Math.min(...counts.map((count) => count.collections));
  const jobs = Math.min(...counts.map((count) => count.jobs));
  return { endured, curve, collections, jobs };
}
