import { fileURLToPath } from 'node:url';
import { packageDirectory } from '../../loading/owner.ts';
import type { SkipReason } from '../barrier.ts';
import { isPartOfNode, type Load } from '../preload/load.ts';
import { isPreload } from '../preload/node-preloads.ts';
import { isAgent } from './agents.ts';
import { type Instrumentation, InstrumentationWatch } from './instrumentation.ts';
import { skipAfter } from './sentences.ts';

interface Options {
  /** Absolute paths of the `-r` modules. */
  readonly modules: readonly string[];
  /** Names of packages that each worker loads for itself. */
  readonly leaveOut: readonly string[];
}

/**
 * Skips what must not be loaded before the fork because of an agent. An agent that each worker starts must come before
 * what it patches, so everything after it is skipped too. There are two exceptions: packages that SWARM_PRELOAD names,
 * and built-in modules, which an agent patches when they are required, not when Node loads them.
 */
export class AgentBarrier {
  readonly #watch = new InstrumentationWatch();
  readonly #options: Options;
  /** The agent, or the file that starts it. */
  #agent: Load | undefined;
  readonly #unseen = new Set<string>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Returns why to skip this load, or undefined to load it. Call this for each load, in order. */
  whySkipped(load: Load): SkipReason | undefined {
    const isLeftOut = this.#options.leaveOut.includes(load.name);
    if (!this.#agent && this.#isOwnToWorkers(load, isLeftOut)) this.#agent = load;
    else if (isPartOfNode(load) || load.how.startsWith('as ')) return undefined;
    const agent = this.#agent;
    if (!agent || (!isLeftOut && isPartOf(agent, load))) return undefined;
    if (load.isNamed && agent !== load && !isPreload(agent)) {
      if (!isLeftOut) this.#unseen.add(load.name);
      return undefined;
    }
    return skipAfter(agent, this.#options.modules);
  }

  /** Call this after each load. */
  passed(load: Load): Instrumentation | undefined {
    const instrumentation = this.#watch.take(load);
    if (instrumentation?.state === 'dormant') this.#agent ??= load;
    return instrumentation;
  }

  /** Packages that were loaded because SWARM_PRELOAD names them, although an agent should come first. */
  get unseen(): { readonly agent: Load; readonly names: readonly string[] } | undefined {
    return this.#agent && this.#unseen.size > 0 ? { agent: this.#agent, names: [...this.#unseen] } : undefined;
  }

  end(): void {
    this.#watch.end();
  }

  /** Whether this is an agent that only workers start. */
  #isOwnToWorkers(load: Load, isLeftOut: boolean): boolean {
    if (isLeftOut) return load.starts !== undefined || isAgent(load.url);
    return (load.starts !== undefined || load.isUncertain === true) && !this.#isLoaded(load);
  }

  /** Whether an earlier load already loaded this package. */
  #isLoaded({ url }: Load): boolean {
    const directory = url === undefined ? undefined : packageDirectory(fileURLToPath(url));
    return directory !== undefined && this.#watch.has(`${directory}/`);
  }
}

/** Whether a load is part of this agent: the file that starts an agent first loads all the agent's parts. */
function isPartOf(agent: Load, { name, url, from, starts, isUncertain }: Load): boolean {
  if (from !== agent.from || isUncertain || agent.isUncertain || (starts ?? agent.starts)) return false;
  return name.startsWith('@opentelemetry/') || isAgent(url);
}
