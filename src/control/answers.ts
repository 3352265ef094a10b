import type { RequestEvent } from '../supervisor/events.ts';
import { type Answer, json, type Question, refusal } from './http.ts';
import { describeMetrics } from './metrics.ts';
import { type Facts, type Supervised, takeStatus } from './status.ts';

const REQUESTS: Readonly<Record<string, RequestEvent>> = {
  '/stop': { type: 'stop', by: 'swarm stop' },
  '/quiet': { type: 'quiet', by: 'swarm quiet' },
  '/restart': { type: 'rollout', by: 'swarm restart' },
};

/** What answers each question to the control socket. It rejects where that cannot be answered. */
export function answering(supervised: Supervised, facts: Facts): (question: Question) => Promise<Answer> {
  // Looking at all processes takes time: whoever asks meanwhile gets the same answer.
  const status = shared(() => takeStatus(supervised, facts));
  const metrics = shared(async () => describeMetrics(await status()));

  return async ({ method, path }) => {
    const request = REQUESTS[path];
    if (request) {
      if (method !== 'POST') return refusal(405, `${path} takes POST`, { Allow: 'POST' });
      supervised.emit(request);
      return json(202, { accepted: path.slice(1) });
    }
    if (path !== '/status' && path !== '/metrics') {
      return refusal(404, 'there are GET /status, GET /metrics, POST /quiet, POST /stop and POST /restart');
    }
    if (method !== 'GET') return refusal(405, `${path} takes GET`, { Allow: 'GET' });
    return path === '/status' ? json(200, await status()) : { code: 200, ...(await metrics()) };
  };
}

/** Work that is done once for all who ask while it is under way. */
function shared<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let underWay: Promise<Result> | undefined;
  return () => {
    underWay ??= work().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
