import { UserError } from '../config/errors.ts';
import { loadNative, optionalNative } from '../native/binding.ts';
import { givenOptions } from '../process/node-flags.ts';
import { type FindRelease, Releases } from '../process/release.ts';
import { sharedPort } from '../process/shared-port.ts';
import type { Emit, Spawner } from '../process/spawner.ts';
import type { Invocation } from '../protocol/invocation.ts';
import type { Preloaded } from '../protocol/messages.ts';
import type { FirstAttempt } from '../supervisor/events.ts';
import type { Resized, Settled } from '../supervisor/supervisor.ts';
import { announcement, scaled, unscaled } from './announce.ts';
import { type Decision, decideFor } from './decision.ts';
import { modeAfter, type Setback } from './mode.ts';
import { commonOf, policyOf } from './policy.ts';

/** What the workers run, now and after a rolling restart. */
export interface Code {
  /** The `-r` options as given. */
  readonly names: readonly string[];
  readonly findRelease: FindRelease;
  /** The arguments of swarm, exactly as given. */
  readonly args: readonly string[];
  /** How Node was started. */
  readonly invocation: Invocation;
}

/** Makes the spawner. If the first generation shows that forking is impossible, workers are spawned instead. */
export class Launcher {
  readonly #code: Code;
  readonly #emit: Emit;
  readonly #releases: Releases;
  /** The decision settled at boot, the memory that the mold had loaded (bytes), and the current number of workers. */
  #booted: { decision: Decision; image: number | undefined; count: number } | undefined;

  constructor(code: Code, emit: Emit) {
    this.#code = code;
    this.#emit = emit;
    this.#releases = new Releases(code.findRelease);
  }

  async open(decision: Decision): Promise<Spawner> {
    const native = optionalNative();
    const { args, invocation } = this.#code;
    const common = commonOf(decision, args);
    const { heap } = decision.size;
    const descriptors = decision.machine.descriptors?.value ?? Infinity;
    const port = sharedPort(process.env['PORT'], native);
    const shared = { releases: this.#releases, heap, emit: this.#emit, port, descriptors };
    if (decision.mode !== 'fork') {
      const { ExecSpawner } = await import('../process/exec-spawner.ts');
      return new ExecSpawner({ ...shared, common, native });
    }
    const { MoldSpawner } = await import('../process/mold-spawner.ts');
    const { preload, preloadApp, bootTimeout } = decision.settings;
    const { preloads, mold: options } = invocation;
    const own = { preload, preloadApp, preloads, given: givenOptions(), leaveOut: [], bootTimeout };
    const assignment = { ...common, ...own };
    return new MoldSpawner({ ...shared, assignment, native: loadNative(), options });
  }

  /**
   * @throws UserError if swarm cannot start: preloading fails, SWARM_MODE=fork is impossible, or there are too few
   *   inspector ports for the workers
   */
  async settle(decision: Decision, spawner: Spawner, attempt: FirstAttempt): Promise<Settled> {
    const { settings, machine } = decision;
    if (attempt.type === 'prepared') {
      const { preloaded } = attempt;
      const resized = preloaded ? decideFor(decision, machine, decision, preloaded.bytes) : decision;
      return this.#settled(resized, spawner, preloaded);
    }
    const choice = modeAfter(settings.mode, setbackOf(attempt));
    if ('refusal' in choice) throw choice.refusal;
    await spawner.close();
    const spawning = decideFor(decision, machine, choice);
    return this.#settled(spawning, await this.open(spawning));
  }

  /** Sizes the swarm for a new number of workers. */
  resize(count: number): Resized {
    if (!this.#booted) throw new Error('the swarm has not been sized: this is a bug in swarm');
    const { decision, image, count: before } = this.#booted;
    const { settings, size } = decision;
    try {
      // Existing workers keep their indexes.
      const configuration = { ...decision, settings: { ...settings, count, index: size.index } };
      const resized = decideFor(configuration, decision.machine, decision, image);
      this.#booted = { decision, image, count };
      const overlaps = typeof settings.index !== 'number' && count > size.count;
      return { policy: policyOf(resized, this.#code.args), announcement: scaled(resized, before, overlaps) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { policy: undefined, announcement: [unscaled(count, error)] };
    }
  }

  #settled(decision: Decision, spawner: Spawner, preloaded?: Preloaded): Settled {
    this.#booted = { decision, image: preloaded?.bytes, count: decision.size.count };
    const policy = policyOf(decision, this.#code.args);
    return { spawner, policy, announcement: announcement(decision, preloaded) };
  }
}

function setbackOf(attempt: Exclude<FirstAttempt, { type: 'prepared' }>): Setback {
  const { reason } = attempt;
  if (attempt.type === 'unprepared') return { type: attempt.fault === 'fork' ? 'unforkable' : 'broken', reason };
  const remedy = 'Name the packages that can be loaded in time with SWARM_PRELOAD, or give none';
  return { type: 'broken', reason: `${reason}. ${remedy}` };
}
