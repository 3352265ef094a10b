import type { Release } from '../process/release.ts';
import { assign } from '../protocol/assignment.ts';
import type { TakeSignals } from '../supervisor/signals.ts';
import { inlineLink } from '../worker/inline.ts';
import { runWorker } from '../worker/main.ts';
import { setInVain } from './announce.ts';
import type { Decision } from './decision.ts';
import { commonOf } from './policy.ts';

/** Runs without a supervisor: this process is the only worker, and the application determines its exit status. */
export async function runInline(
  decision: Decision,
  args: readonly string[],
  { modules }: Release,
  takeSignals: TakeSignals,
): Promise<undefined> {
  for (const { variable, why } of setInVain(decision)) console.error(`swarm: ${variable} has ${why}`);
  const { index } = decision.size;
  const order = { workerId: 1, slot: 0, index, count: 1, generation: 1 };
  // Node delivers a pending signal only after a turn of the event loop.
  await new Promise(setImmediate);
  const early = takeSignals();
  const working = runWorker(
    assign(order, commonOf(decision, args), { modules }),
    inlineLink(decision.settings.timeout),
  );
  // The worker has its signal handlers now, so it handles early signals like any worker.
  for (const signal of early) process.kill(process.pid, signal);
  await working;
}
