import { MAX_COUNT } from '../config/settings.ts';
import type { RequestEvent } from '../supervisor/events.ts';
import { list } from '../text/list.ts';
import { type Answer, json, type Question, refusal, text } from './http.ts';
import { describeMetrics } from './metrics.ts';
import { takePage } from './page.ts';
import { readinessOf } from './readiness.ts';
import { type Facts, type Supervised, summarize, takeStatus } from './status.ts';

const ORDERS: Readonly<Record<string, RequestEvent>> = {
  '/stop': { type: 'stop', by: 'swarm stop' },
  '/quiet': { type: 'quiet', by: 'swarm quiet' },
  '/restart': { type: 'rollout', by: 'swarm restart' },
};

const OTHERS = [...Object.keys(ORDERS), '/scale/<number>'].map((path) => `POST ${path}`);

/** Answers the requests to both servers. A promise rejects if there is no answer. */
export class Answers {
  readonly #supervised: Supervised;
  readonly #questions: Readonly<Record<string, () => Answer | Promise<Answer>>>;

  constructor(supervised: Supervised, facts: Facts) {
    this.#supervised = supervised;
    // Measuring all processes takes time, so requests that arrive during a measurement share its result.
    const status = shared(() => takeStatus(supervised, facts));
    const metrics = shared(async () => describeMetrics(await status()));
    this.#questions = {
      '/': () => takePage(),
      '/livez': () => text(200, 'the swarm is alive'),
      '/readyz': () => this.#readiness(),
      '/summary': () => json(200, summarize(supervised, facts)),
      '/status': async () => json(200, await status()),
      '/metrics': async () => ({ code: 200, ...(await metrics()) }),
    };
  }

  /** Answers a request on the control socket, where the swarm's own user can also control it. */
  async onControlSocket(question: Question): Promise<Answer> {
    const { method, path } = question;
    const scale = /^\/scale\/(.*)$/.exec(path)?.[1];
    const order = Object.hasOwn(ORDERS, path) ? ORDERS[path] : undefined;
    if (!order && scale === undefined) return this.#answer(question, OTHERS);
    if (method !== 'POST') return refusal(405, `${path} requires POST`, { Allow: 'POST' });
    if (!order) return this.#scale(scale ?? '');
    this.#supervised.emit(order);
    return json(202, { accepted: path.slice(1) });
  }

  /** @param given `5`, `+2` or `-1` */
  #scale(given: string): Answer {
    const { phase, count: now } = this.#supervised.status();
    if (phase === 'booting') return refusal(409, 'the swarm is booting: scale it when it has booted');
    if (phase !== 'running') return refusal(409, `the swarm is ${phase}: it cannot be scaled now`);
    const [, sign, digits = ''] = /^([+-]?)(\d{1,9})$/.exec(given) ?? [];
    const count = sign === '' ? Number(digits) : now + Number(`${sign}${digits}`);
    if (digits === '' || count < 1 || count > MAX_COUNT) {
      const what = digits === '' ? JSON.stringify(given) : count;
      return refusal(400, `${what} is not a number of workers: the swarm has ${now}, and can have 1 to ${MAX_COUNT}`);
    }
    this.#supervised.emit({ type: 'scale', count });
    return json(202, { accepted: 'scale', count });
  }

  /** Answers a request from any client on the network, which can only read. */
  async onNetwork(question: Question): Promise<Answer> {
    return this.#answer(question, []);
  }

  /** @param others further requests that the same server accepts */
  async #answer({ method, path }: Question, others: readonly string[]): Promise<Answer> {
    const question = Object.hasOwn(this.#questions, path) ? this.#questions[path] : undefined;
    if (!question) {
      const known = [...Object.keys(this.#questions).map((name) => `GET ${name}`), ...others];
      return refusal(404, `no such path: this server answers ${list(known, 'and')}`);
    }
    if (method !== 'GET' && method !== 'HEAD') return refusal(405, `${path} requires GET`, { Allow: 'GET, HEAD' });
    return question();
  }

  #readiness(): Answer {
    const { ready, message } = readinessOf(this.#supervised.status());
    return text(ready ? 200 : 503, message);
  }
}

/** Wraps work so that all clients that ask while it is running share one result. */
function shared<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let underWay: Promise<Result> | undefined;
  return () => {
    underWay ??= work().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
