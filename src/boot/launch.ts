import { ApplicationError } from '../config/errors.ts';
import type { Settings } from '../config/settings.ts';
import { loadNative, type Native, optionalNative } from '../native/binding.ts';
import type { Clock } from '../process/clock.ts';
import type { Outcome } from '../process/mold.ts';
import { givenOptions } from '../process/node-flags.ts';
import type { FindRelease, Release } from '../process/release.ts';
import { type SharedPort, sharedPort } from '../process/shared-port.ts';
import type { Emit, Spawner } from '../process/spawner.ts';
import type { Invocation } from '../protocol/invocation.ts';
import type { Failure } from '../protocol/messages.ts';
import { type Decision, settle } from './decision.ts';
import { withoutFork } from './mode.ts';

/** What makes workers here, now that it has been tried, and the decision that has come of it. */
export interface Launch extends Decision {
  readonly spawner: Spawner;
  /** Fork mode: what the mold has loaded. */
  readonly preloaded?: Extract<Outcome, { type: 'preloaded' }>;
}

/** What the workers are to run: now, and after a rolling restart. */
export interface Code {
  readonly release: Release;
  readonly findRelease: FindRelease;
  /** The arguments given to swarm, exactly. */
  readonly args: readonly string[];
  /** How Node was started. */
  readonly invocation: Invocation;
}

/**
 * Preloads a mold, and falls back to spawning where it cannot be forked.
 *
 * @param stopped resolves when nobody wants workers any more
 * @param report shows the application's own error
 * @param clock its alarm limits the preloading
 * @throws ApplicationError if what is to be preloaded fails, ConfigError if fork was asked for by name and is not possible
 */
export async function launch(
  decision: Decision,
  { args, invocation, ...code }: Code,
  emit: Emit,
  { stopped, report, clock }: { stopped: Promise<void>; report: (failure: Failure) => void; clock: Clock },
): Promise<Launch> {
  const native = optionalNative();
  const port = sharedPort(process.env['PORT'], native);
  const shared = { ...code, emit, port };
  if (decision.mode === 'spawn') return spawning(decision, shared, native);
  const { settings, heap } = decision;
  const { MoldSpawner } = await import('../process/mold-spawner.ts');
  const { describeOutcome } = await import('../process/mold.ts');
  const { preload, preloadApp } = settings;
  const { preloads, mold: options } = invocation;
  const common = { args, preload, preloadApp, preloads, given: givenOptions(), leaveOut: [] };
  const spawner = new MoldSpawner({ ...shared, native: loadNative(), common, options, heap });
  const outcome = await Promise.race([spawner.preload(), stopped, tooLate(settings, clock)]);
  if (!outcome) return { ...decision, spawner };
  if (outcome.type === 'preloaded') {
    const settled = settle(decision, { ...decision, image: outcome.bytes });
    return { ...settled, spawner, preloaded: outcome };
  }
  await spawner.close();
  if (outcome.type === 'preload-failed') {
    report(outcome.failure);
    throw new ApplicationError(`${describeOutcome(outcome)}.`);
  }
  if (outcome.type === 'late') {
    throw new ApplicationError(
      `preloading took longer than ${settings.bootTimeout / 1000} s (SWARM_BOOT_TIMEOUT). ` +
        'Name the packages that can be loaded in time with SWARM_PRELOAD, or give none.',
    );
  }
  return spawning(settle(decision, withoutFork(settings.mode, describeOutcome(outcome))), shared, native);
}

type Shared = Omit<Code, 'args' | 'invocation'> & { emit: Emit; port: SharedPort | undefined };

async function spawning(decision: Decision, shared: Shared, native: Native | undefined): Promise<Launch> {
  const { ExecSpawner } = await import('../process/exec-spawner.ts');
  return { ...decision, spawner: new ExecSpawner({ ...shared, heap: decision.heap, native }) };
}

function tooLate({ bootTimeout }: Settings, clock: Clock): Promise<{ type: 'late' }> {
  return new Promise((resolve) => {
    clock.wakeAt(clock.now() + bootTimeout, () => resolve({ type: 'late' }), bootTimeout / 10);
  });
}
