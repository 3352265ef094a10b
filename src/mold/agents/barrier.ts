import { fileURLToPath } from 'node:url';
import { packageDirectory } from '../../loading/owner.ts';
import { isPartOfNode, type Load } from '../preload/load.ts';
import { isPreload } from '../preload/node-preloads.ts';
import { isAgent } from './agents.ts';
import { type Instrumentation, InstrumentationWatch } from './instrumentation.ts';
import { whySkipped } from './reasons.ts';

/** Why something is not loaded before the fork. */
export interface Obstacle {
  /** Half a sentence. */
  readonly reason: string;
  /** A sentence. */
  readonly remedy: string;
}

interface Options {
  /** Absolute paths of the `-r` modules. */
  readonly modules: readonly string[];
  /** Names of packages that each worker loads for itself. */
  readonly leaveOut: readonly string[];
}

/**
 * Keeps out what must not be loaded before the fork because of an agent. One that each worker starts has to come before
 * what it patches, so with it goes all that follows. What SWARM_PRELOAD names is loaded all the same, and parts of Node: an
 * agent patches these when they are asked for, not when they are loaded.
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

  /** Why this is not to be loaded; undefined where it is. To be asked in order. */
  obstacleTo(load: Load): Obstacle | undefined {
    const isLeftOut = this.#options.leaveOut.includes(load.name);
    if (!this.#agent && this.#isOwnToWorkers(load, isLeftOut)) this.#agent = load;
    else if (isPartOfNode(load) || load.how.startsWith('as ')) return undefined;
    const agent = this.#agent;
    if (!agent || (!isLeftOut && isPartOf(agent, load))) return undefined;
    if (load.isNamed && agent !== load && !isPreload(agent)) {
      if (!isLeftOut) this.#unseen.add(load.name);
      return undefined;
    }
    return whySkipped(agent, this.#options.modules);
  }

  /** This has been loaded. */
  passed(load: Load): Instrumentation | undefined {
    const instrumentation = this.#watch.take(load);
    if (instrumentation?.state === 'dormant') this.#agent ??= load;
    return instrumentation;
  }

  /** What SWARM_PRELOAD has loaded before an agent that would have to come first. */
  get unseen(): { readonly agent: Load; readonly names: readonly string[] } | undefined {
    return this.#agent && this.#unseen.size > 0 ? { agent: this.#agent, names: [...this.#unseen] } : undefined;
  }

  end(): void {
    this.#watch.end();
  }

  /** An agent that will not be here first. */
  #isOwnToWorkers(load: Load, isLeftOut: boolean): boolean {
    if (isLeftOut) return load.starts !== undefined || isAgent(load.url);
    return (load.starts !== undefined || load.isUncertain === true) && !this.#isLoaded(load);
  }

  /** In the way of another load. */
  #isLoaded({ url }: Load): boolean {
    const directory = url === undefined ? undefined : packageDirectory(fileURLToPath(url));
    return directory !== undefined && this.#watch.has(`${directory}/`);
  }
}

/** The file that starts an agent asks for all parts of it, and then starts it. */
function isPartOf(agent: Load, { name, url, from, starts, isUncertain }: Load): boolean {
  if (from !== agent.from || isUncertain || agent.isUncertain || (starts ?? agent.starts)) return false;
  return name.startsWith('@opentelemetry/') || isAgent(url);
}
