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

/** What each copy of this process has to renew. */
export interface Randomness {
  readonly pools: readonly Uint8Array[];
  readonly steps: readonly (() => void)[];
}

type Call = (...args: never[]) => unknown;

/** Equal draws: the same call, by the same chain of calls. */
interface Recorded extends Draw {
  /** The pools that they filled. */
  readonly pools: Pool[];
  /** How many draws filled no bytes, or bytes that cannot be a pool. */
  others: number;
  /** The round in which it was first heard. */
  readonly round: number;
  /** It was heard in a later round as well. */
  recurs: boolean;
}

/** How many draws of a load are followed up the stack. Each takes some 10 µs. */
const FOLLOWED = 20_000;

/** A collection that is already under way keeps what is made during it, so it takes two. */
const ROUNDS = 2;

const UNKNOWN: CallChain = { files: [], isWhole: false };

/**
 * Remembers what is drawn while packages are loaded, so that copies of this process do not all go on with it. Once per
 * process, before anything else is loaded.
 */
export class RandomnessRecording {
  /** The name of the load under way. */
  #loading: string | undefined;
  readonly #math: MathRandom = replaceMathRandom();
  readonly #node: NodeCaches = findNodeCaches();
  readonly #pools = new RandomPools();
  readonly #draws = new Map<string, Recorded>();
  readonly #stop = listen((call, by) => this.#drawn(call, by));
  /** How often something has been drawn. */
  #heard = 0;
  readonly #renewals = new Renewals(() => this.#heard);
  #paused = false;
  #left = FOLLOWED;
  #round = 0;
  /** The draws that suspects() has judged. */
  #judged = new Set<Draw>();
  readonly #seeded = new Set<string>();
  /** The load that the running code goes back to; undefined if unknown. */
  #owner: () => string | undefined = () => undefined;

  constructor() {
    this.#math.listen((by) => void this.#drawn('Math.random', by));
  }

  /** @param owner the load that the running code goes back to; undefined if unknown */
  attributeTo(owner: () => string | undefined): void {
    this.#owner = owner;
  }

  /**
   * Call this before each load.
   *
   * @param loading the name that the load was asked for by
   */
  async begin(loading: string): Promise<void> {
    this.#loading = loading;
    this.#left = FOLLOWED;
    // Taking an id from what a generator has kept draws nothing, and goes unheard. So nothing is left for the next
    // load.
    await this.#renew();
  }

  /** Call this before each of several runs of the same code. What it draws in more than one of them, it does not keep. */
  beginRound(): void {
    this.#round += 1;
    this.#left = FOLLOWED;
  }

  /** What was drawn, and by whom. */
  get draws(): readonly Draw[] {
    return [...this.#draws.values()];
  }

  /**
   * Finds who may have kept what was drawn since the last call, unless that is renewed.
   *
   * @param collect collects garbage: a package that has dropped its buffer has made something else of the bytes
   */
  async suspects(collect: () => void): Promise<Suspect[]> {
    const draws = [...this.#draws.values()].filter((draw) => !draw.recurs && !this.#judged.has(draw));
    this.#judged = new Set(this.draws);
    const { files, failed } = await this.#renew();
    const isPooled = (draw: Draw) => this.#isPooled(draw as Recorded);
    if (draws.some(isPooled)) {
      for (let round = 0; round < ROUNDS; round += 1) {
        // V8 keeps what this turn of the event loop refers to until its end.
        await new Promise(setImmediate);
        collect();
      }
    }
    return [...findSuspects(draws, { isPooled, files, failed }), ...this.#newlySeeded()];
  }

  /** Call this when everything is loaded, and garbage is collected. */
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
    // Too many draws to follow are put down to the load as a whole.
    const chain = this.#left > 0 ? callChain(by) : UNKNOWN;
    if (!chain || (chain.files[0] !== undefined && isOwnCode(chain.files[0]))) return note;
    const { isWhole } = chain;
    const files = chain.files.filter((file) => !isOwnCode(file));
    // With no code of a package on the stack, only what goes back to a load counts.
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

/** Call this in a copy, once process.pid is its own, and before anything draws. */
export function renewRandomness({ pools, steps }: Randomness): void {
  for (const pool of pools) randomFillSync(pool);
  for (const step of steps) step();
}

function asBytes({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
