import { randomFillSync } from 'node:crypto';
import { listen } from './draws.ts';
import { replaceMathRandom } from './math-random.ts';
import { findNodeCaches, type NodeCaches } from './node-caches.ts';
import { type Draw, followRules, isUnrenewable, ownerOf } from './packages.ts';
import { RandomPools } from './pools.ts';

/** What a copy of this process has to renew. */
export interface Randomness {
  readonly pools: readonly Uint8Array[];
  readonly steps: readonly (() => void)[];
}

/**
 * Remembers what is drawn while packages are loaded, so that the copies of this process need not all go on with the same
 * of it. Once in a process, before anything else is loaded.
 */
export class RandomnessRecording {
  readonly #state = replaceMathRandom();
  readonly #node: NodeCaches = findNodeCaches();
  readonly #pools = new RandomPools();
  readonly #draws = new Map<string, Draw>();
  readonly #files = new Set<string>();
  readonly #stop = listen({
    filled: (bytes) => this.#pools.note(bytes),
    drawn: (call, by) => this.#drawn(call, by),
  });

  /** What was drawn, and by whom. Of most of it nobody can say what has become of it. */
  get draws(): readonly Draw[] {
    return [...this.#draws.values()];
  }

  /** Packages that would make the same ids in all copies: only loading them in each copy helps. */
  get unrenewable(): readonly string[] {
    return [...new Set(this.draws.filter(isUnrenewable).map(({ by }) => by))];
  }

  /** Everything is loaded, and what of it was garbage is collected. */
  async end(): Promise<Randomness> {
    this.#stop();
    const steps = await followRules(this.#files);
    return {
      pools: [asBytes(this.#state), ...this.#node.pools, ...this.#pools.select()],
      steps: [this.#node.burn, ...steps],
    };
  }

  #drawn(call: string, by: (...args: unknown[]) => unknown): void {
    const file = callerOf(by);
    // Node itself.
    if (file === undefined) return;
    this.#files.add(file);
    const draw = { call, by: ownerOf(file) };
    this.#draws.set(`${draw.call} ${draw.by}`, draw);
  }
}

/** In a copy, before anything else uses it. process.pid has to be its own by then. */
export function renewRandomness({ pools, steps }: Randomness): void {
  for (const pool of pools) randomFillSync(pool);
  for (const step of steps) step();
}

function asBytes({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** How far up the stack. */
const FRAMES = 10;

/** The file that has called a function, without any of Node's own that may stand between them. */
function callerOf(by: (...args: unknown[]) => unknown): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = FRAMES;
    // A package may have replaced it with one that reads source maps.
    Error.prepareStackTrace = (_, sites) => sites;
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace(holder, by);
    const files = holder.stack?.map((site) => site.getFileName()) ?? [];
    return files.find((file): file is string => typeof file === 'string' && /^(file:|\/)/.test(file));
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}
