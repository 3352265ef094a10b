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

/** What each copy of this process must renew. */
export interface Randomness {
  readonly pools: readonly Uint8Array[];
  readonly steps: readonly (() => void)[];
}

type Call = (...args: never[]) => unknown;

/** Equal draws: the same call, through the same call chain. */
interface Recorded extends Draw {
  /** The pools that they filled. */
  readonly pools: Pool[];
  /** Number of draws that filled no bytes, or bytes that cannot be a pool. */
  others: number;
  /** The round in which it first occurred. */
  readonly round: number;
  /** Whether it also occurred in a later round. */
  recurs: boolean;
}

/** Number of draws per load that are traced up the stack. Each takes about 10 µs. */
const FOLLOWED = 20_000;

/** Number of collections. One that is already under way keeps what is allocated during it, so two are needed. */
const ROUNDS = 2;

const UNKNOWN: CallChain = { files: [], isWhole: false };

/**
 * Records what is drawn while packages are loaded, so that copies of this process do not all use it. Create one per
 * process, before anything else is loaded.
 */
export class RandomnessRecording {
  /** Name of the current load. */
  #loading: string | undefined;
  readonly #math: MathRandom = replaceMathRandom();
  readonly #node: NodeCaches = findNodeCaches();
  readonly #pools = new RandomPools();
  readonly #draws = new Map<string, Recorded>();
  readonly #stop = listen((call, by) => this.#drawn(call, by));
  /** Number of draws so far. */
  #heard = 0;
  readonly #renewals = new Renewals(() => this.#heard);
  #paused = false;
  #left = FOLLOWED;
  #round = 0;
  /** The draws that suspects() has judged. */
  #judged = new Set<Draw>();
  readonly #seeded = new Set<string>();
  /** Returns the load that caused the running code; undefined if unknown. */
  #owner: () => string | undefined = () => undefined;

  constructor() {
    this.#math.listen((by) => void this.#drawn('Math.random', by));
  }

  /** @param owner returns the load that caused the running code; undefined if unknown */
  attributeTo(owner: () => string | undefined): void {
    this.#owner = owner;
  }

  /**
   * Call this before each load.
   *
   * @param loading the name of the load
   */
  async begin(loading: string): Promise<void> {
    this.#loading = loading;
    this.#left = FOLLOWED;
    // Taking an id that a generator has in reserve draws nothing, and goes unnoticed. So this leaves no reserve for the
    // next load.
    await this.#renew();
  }

  /**
   * Call this before each run of code that runs several times. What it draws in more than one run, it does not keep.
   */
  beginRound(): void {
    this.#round += 1;
    this.#left = FOLLOWED;
  }

  /** What was drawn, and by which code. */
  get draws(): readonly Draw[] {
    return [...this.#draws.values()];
  }

  /**
   * Finds the code that may have kept what was drawn since the last call and is not renewed.
   *
   * @param collect collects garbage: a package that has dropped its buffer has turned the bytes into something else
   */
  async suspects(collect: () => void): Promise<Suspect[]> {
    const draws = [...this.#draws.values()].filter((draw) => !draw.recurs && !this.#judged.has(draw));
    this.#judged = new Set(this.draws);
    const { files, failed } = await this.#renew();
    const isPooled = (draw: Draw) => this.#isPooled(draw as Recorded);
    if (draws.some(isPooled)) {
      for (let round = 0; round < ROUNDS; round += 1) {
        // V8 keeps the target of a dereferenced WeakRef until this turn of the event loop ends.
        await new Promise(setImmediate);
        collect();
      }
    }
    return [...findSuspects(draws, { isPooled, files, failed }), ...this.#newlySeeded()];
  }

  /** Call this when everything is loaded and garbage has been collected. */
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
    // Draws beyond the limit are attributed to the load as a whole.
    const chain = this.#left > 0 ? callChain(by) : UNKNOWN;
    if (!chain || (chain.files[0] !== undefined && isOwnCode(chain.files[0]))) return note;
    const { isWhole } = chain;
    const files = chain.files.filter((file) => !isOwnCode(file));
    // If no package's code is on the stack, only a draw that a load caused counts.
    const owner = this.#owner();
    if (files.length === 0 && owner === undefined && chain !== UNKNOWN) return note;
    this.#left -= 1;
    const during = owner ?? this.#loading;
    const key = [call, during, isWhole, ...files].join('\n');
    const known = this.#draws.get(key);
    const round = this.#round;
    const draw: Recorded = known ?? { call, files, isWhole, during, pools: [], others: 0, round, recurs: false };
    if (!known) this.#draws.set(key, draw);
    if (draw.round !== round) draw.recurs = true;
    draw.others += 1;
    return (bytes) => {
      const pool = note(bytes);
      if (!pool) return;
      draw.pools.push(pool);
      draw.others -= 1;
    };
  }
}

/** Call this in a copy, once process.pid is its own and before anything draws. */
export function renewRandomness({ pools, steps }: Randomness): void {
  for (const pool of pools) randomFillSync(pool);
  for (const step of steps) step();
}

function asBytes({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
