import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import type { WarmUp } from '../../loading/warm-ups.ts';
import { Heat } from './heat.ts';

/** The global symbol under which the script finds the function to call. */
const CALL = Symbol.for('dyno-swarm.warm-up.call');

const script = new Script(`globalThis[Symbol.for('${CALL.description}')]()`, {
  // Makes the script's frame count as swarm's own, so that it is not among the callers of code that draws.
  filename: fileURLToPath(import.meta.url),
});

/**
 * Runs warm-ups in rounds, one after another, until their code is hot.
 *
 * @param timeout milliseconds
 * @param onRound called before each round
 * @throws what a warm-up throws, and an Error if one computes beyond the timeout
 */
export async function runWarmUps(warmUps: readonly WarmUp[], timeout: number, onRound: () => void): Promise<void> {
  const heat = new Heat();
  const start = performance.now();
  const spent = () => performance.now() - start;
  for (let round = 1; ; round += 1) {
    onRound();
    try {
      for (const warmUp of warmUps) await callWithin(timeout - spent(), () => warmUp(round));
    } catch (error) {
      // V8's own message names only what was left of the timeout.
      throw isTimeout(error) ? new Error(`it has still not ended after ${timeout / 1000} s`) : error;
    }
    if (heat.isEnough(spent())) return;
    // Handles signals, and the warm-up's own requests, between two rounds.
    await new Promise(setImmediate);
  }
}

/** Calls a function that V8 ends at the timeout: while a function computes, no timer can fire. */
function callWithin(timeout: number, call: () => unknown): unknown {
  const globals = globalThis as { [CALL]?: () => unknown };
  globals[CALL] = call;
  try {
    return script.runInThisContext({ timeout: Math.max(1, Math.ceil(timeout)) });
  } finally {
    delete globals[CALL];
  }
}

function isTimeout(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
