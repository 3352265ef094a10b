import type { Release } from '../process/release.ts';
import { assign } from '../protocol/assignment.ts';
import type { TakeSignals } from '../supervisor/signals.ts';
import { inlineLink } from '../worker/inline.ts';
import { runWorker } from '../worker/main.ts';
import { setInVain } from './announce.ts';
import type { Decision } from './decision.ts';
import { commonOf } from './policy.ts';

/** No supervisor: this process is the only worker, and its exit status is what the application makes it. */
export async function runInline(
  decision: Decision,
  args: readonly string[],
  { modules }: Release,
  takeSignals: TakeSignals,
): Promise<undefined> {
  for (const { variable, why } of setInVain(decision)) console.error(`swarm: ${variable} has ${why}`);
  const { index } = decision.size;
  const order = { workerId: 1, slot: 0, index, count: 1, generation: 1 };
  // A signal that has come by now is heard when the event loop has turned.
  await new Promise(setImmediate);
  const early = takeSignals();
  const working = runWorker(
    assign(order, commonOf(decision, args), { modules }),
    inlineLink(decision.settings.timeout),
  );
  // It listens by now, and what came early does what it does to any worker.
  for (const signal of early) process.kill(process.pid, signal);
  await working;
}
