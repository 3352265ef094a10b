import { ApplicationError } from '../config/errors.ts';
import type { Settings } from '../config/settings.ts';
import { loadNative, optionalNative } from '../native/binding.ts';
import type { Outcome } from '../process/mold.ts';
import { nodeFlags } from '../process/node-flags.ts';
import { type SharedPort, sharedPort } from '../process/shared-port.ts';
import type { Emit, Spawner } from '../process/spawner.ts';
import type { MoldAssignment } from '../protocol/assignment.ts';
import { type Decision, settle } from './decision.ts';
import { withoutFork } from './mode.ts';

/** What makes workers here, now that it has been tried, and the decision that has come of it. */
export interface Launch extends Decision {
  readonly spawner: Spawner;
  /** Fork mode: what the mold has loaded. */
  readonly preloaded?: Extract<Outcome, { type: 'preloaded' }>;
}

/**
 * Preloads a mold, and falls back to spawning where it cannot be forked.
 *
 * @param stopped resolves when nobody wants workers any more
 * @throws ApplicationError if what is to be preloaded fails, ConfigError if fork was asked for by name and is not possible
 */
export async function launch(
  decision: Decision,
  what: Pick<MoldAssignment, 'modules' | 'args'>,
  emit: Emit,
  stopped: Promise<void>,
): Promise<Launch> {
  const port = sharedPort(process.env['PORT'], optionalNative());
  if (decision.mode === 'spawn') return spawning(decision, emit, port);
  const { settings, heap } = decision;
  const { MoldSpawner, describeOutcome } = await import('../process/mold-spawner.ts');
  const { preload, preloadApp } = settings;
  const spawner = new MoldSpawner(
    loadNative(),
    { ...what, preload, preloadApp, execArgv: nodeFlags(), leaveOut: [] },
    heap,
    emit,
    port,
  );
  const outcome = await Promise.race([spawner.prepare(), stopped, tooLate(settings)]);
  if (!outcome) return { ...decision, spawner };
  if (outcome.type === 'preloaded') {
    const settled = settle(decision, { ...decision, image: outcome.bytes });
    return { ...settled, spawner, preloaded: outcome };
  }
  await spawner.close();
  if (outcome.type === 'preload-failed') {
    console.error(outcome.failure.stack);
    throw new ApplicationError(`${describeOutcome(outcome)}.`);
  }
  if (outcome.type === 'late') {
    throw new ApplicationError(
      `preloading took longer than ${settings.bootTimeout / 1000} s (SWARM_BOOT_TIMEOUT). ` +
        'Name the packages that can be loaded in time with SWARM_PRELOAD, or give none.',
    );
  }
  return spawning(settle(decision, withoutFork(settings.mode, describeOutcome(outcome))), emit, port);
}

async function spawning(decision: Decision, emit: Emit, port: SharedPort | undefined): Promise<Launch> {
  const { ExecSpawner } = await import('../process/exec-spawner.ts');
  return { ...decision, spawner: new ExecSpawner(decision.heap, emit, port) };
}

function tooLate({ bootTimeout }: Settings): Promise<{ type: 'late' }> {
  return new Promise((resolve) => {
    setTimeout(() => resolve({ type: 'late' }), bootTimeout).unref();
  });
}
