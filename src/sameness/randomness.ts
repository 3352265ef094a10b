import { randomFillSync } from 'node:crypto';
import { isOwnCode } from '../node/own-code.ts';
import { type CallChain, callChain } from './draws/call-chain.ts';
import { listen } from './draws/listening.ts';
import { type Draw, findSuspects, type Suspect } from './draws/suspects.ts';
import { unheard } from './draws/unheard.ts';
import { type MathRandom, replaceMathRandom } from './renewal/math-random.ts';
import { findNodeCaches, type NodeCaches } from './renewal/node-caches.ts';
import { Renewals, type Renewed } from './renewal/packages.ts';
import { type Pool, RandomPools } from './renewal/pools.ts';

/** What a copy of this process has to renew. */
export interface Randomness {
  readonly pools: readonly Uint8Array[];
  readonly steps: readonly (() => void)[];
}

type Call = (...args: never[]) => unknown;

/** Draws of one kind, by one chain of calls. */
interface Recorded extends Draw {
  /** What was filled. */
  readonly pools: Pool[];
  /** How often bytes were drawn that can be no pool, or none at all. */
  others: number;
}

/** So many draws are followed up the stack for each load, which takes some 10 µs each. */
const FOLLOWED = 20_000;

/** A collection that was under way before the first one keeps what was made meanwhile. */
const ROUNDS = 2;

const UNKNOWN: CallChain = { files: [], isWhole: false };

/**
 * Remembers what is drawn while packages are loaded, so that the copies of this process need not all go on with the same
 * of it. Once in a process, before anything else is loaded.
 */
export class RandomnessRecording {
  /** What is being loaded. */
  #loading: string | undefined;
  readonly #math: MathRandom = replaceMathRandom();
  readonly #node: NodeCaches = findNodeCaches();
  readonly #pools = new RandomPools();
  readonly #draws = new Map<string, Recorded>();
  readonly #stop = listen((call, by) => this.#drawn(call, by));
  /** How often something was drawn. */
  #heard = 0;
  readonly #renewals = new Renewals(() => this.#heard);
  #paused = false;
  #left = FOLLOWED;
  /** What suspects() has seen. */
  #judged = new Set<Draw>();
  readonly #seeded = new Set<string>();
  /** The load that what runs now goes back to, where that is known. */
  #owner: () => string | undefined = () => undefined;

  constructor() {
    this.#math.listen((by) => void this.#drawn('Math.random', by));
  }

  /** @param owner the load that what runs now goes back to, where that is known */
  attributeTo(owner: () => string | undefined): void {
    this.#owner = owner;
  }

  /** This is loaded next, by the name that it was asked for. */
  async begin(loading: string): Promise<void> {
    this.#loading = loading;
    this.#left = FOLLOWED;
    // Who has an id out of what a generator keeps already is not heard: so nothing is left of that for the next one.
    await this.#renew();
  }

  /** What was drawn, and by whom. */
  get draws(): readonly Draw[] {
    return [...this.#draws.values()];
  }

  /**
   * Who may have kept what was drawn since this was last asked, where that is not renewed.
   *
   * @param collect collects garbage, where a buffer may have been dropped, so that what was in it was made into something else
   */
  async suspects(collect: () => void): Promise<Suspect[]> {
    const draws = this.draws.filter((draw) => !this.#judged.has(draw));
    this.#judged = new Set(this.draws);
    const { files, failed } = await this.#renew();
    const isPooled = (draw: Draw) => this.#isPooled(draw as Recorded);
    if (draws.some(isPooled)) {
      for (let round = 0; round < ROUNDS; round += 1) {
        // What was referred to in this turn of the event loop is kept until its end.
        await new Promise(setImmediate);
        collect();
      }
    }
    return [...findSuspects(draws, { isPooled, files, failed }), ...this.#newlySeeded()];
  }

  /** Everything is loaded, and what of it was garbage is collected. */
  async end(): Promise<Randomness> {
    const { steps } = await this.#renew();
    this.#stop();
    this.#math.listen(undefined);
    return {
      pools: [asBytes(this.#math.state), ...this.#node.pools, ...this.#pools.select()],
      steps: [this.#node.burn, ...steps],
    };
  }

  #newlySeeded(): Suspect[] {
    const found = unheard().filter(({ owner }) => !this.#seeded.has(owner.directory ?? ''));
    for (const { owner } of found) this.#seeded.add(owner.directory ?? '');
    return found.map((seeded) => ({ ...seeded, during: this.#loading }));
  }

  #isPooled({ pools, others }: Recorded): boolean {
    return others === 0 && pools.every((pool) => this.#pools.holds(pool));
  }

  async #renew(): Promise<Renewed> {
    await this.#renewals.find(new Set(this.draws.flatMap(({ files }) => files)));
    this.#paused = true;
    try {
      return this.#renewals.prepare();
    } finally {
      this.#paused = false;
    }
  }

  #drawn(call: string, by: Call): ((bytes: Uint8Array) => void) | undefined {
    const note = (bytes: Uint8Array) => this.#pools.note(bytes);
    this.#heard += 1;
    if (this.#paused) return note;
    // What is too much to follow is put down to what was asked for as a whole.
    const chain = this.#left > 0 ? callChain(by) : UNKNOWN;
    if (!chain || (chain.files[0] !== undefined && isOwnCode(chain.files[0]))) return note;
    const { isWhole } = chain;
    const files = chain.files.filter((file) => !isOwnCode(file));
    // Where nobody is on the stack, only what goes back to a load counts.
    const owner = this.#owner();
    if (files.length === 0 && owner === undefined && chain !== UNKNOWN) return note;
    this.#left -= 1;
    const during = owner ?? this.#loading;
    const key = [call, during, isWhole, ...files].join('\n');
    const known = this.#draws.get(key);
    const draw: Recorded = known ?? { call, files, isWhole, during, pools: [], others: 0 };
    if (!known) this.#draws.set(key, draw);
    draw.others += 1;
    return (bytes) => {
      const pool = note(bytes);
      if (!pool) return;
      draw.pools.push(pool);
      draw.others -= 1;
    };
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
