// Kinds of state that applications keep. `job` uses the state, and its answers are compared between generations.
import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { stopSignal } from '../../../dist/worker/api.js';
import { openLink } from '../../app/link.js';

const CASES = {
  'stopSignal, imported by name': () => ({ job: () => ({ aborted: stopSignal.aborted }) }),
  'stopSignal of the argument': () => {
    let signal;
    return {
      start: (context) => {
        signal = context.stopSignal;
      },
      job: () => ({ aborted: signal.aborted }),
    };
  },
  'a client of the module, closed in onStop': async () => {
    const redis = await client();
    return { start: ({ onStop }) => onStop(() => redis.quit()), job: async () => ({ ping: await redis.ping() }) };
  },
  'a client of the module, never closed': async () => {
    const redis = await client();
    return { job: async () => ({ ping: await redis.ping() }) };
  },
  'a server of the default export': () => {
    let server;
    return {
      start: () => {
        server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
        return server;
      },
      async job() {
        const response = await fetch(`http://127.0.0.1:${server.address().port}`, { headers: { connection: 'close' } });
        return { answer: await response.text() };
      },
    };
  },
  'fetch() of another server, kept alive': () => ({
    job: async () => ({ answer: await (await fetch(process.env.SERVER)).text() }),
  }),
  'default metrics of prom-client': () => {
    const { collectDefaultMetrics, Registry } = createRequire(import.meta.url)('prom-client');
    const register = new Registry();
    return {
      start: () => collectDefaultMetrics({ register }),
      job: async () => ({ lines: (await register.metrics()).length > 0 }),
    };
  },
  'a timer of the default export': () => {
    const ids = new Set();
    return {
      start: () => {
        const id = randomUUID();
        setInterval(() => ids.add(id), 20).unref();
      },
      async job() {
        ids.clear();
        await sleep(200);
        return { timers: ids.size };
      },
    };
  },
  'a listener of the default export': () => ({
    start: () => void process.on('warning', () => {}),
    job: () => ({ listeners: process.listenerCount('warning') }),
  }),
  'an id that the first job draws': () => {
    let id;
    return {
      job: () => {
        id ??= randomUUID();
        return { id };
      },
    };
  },
  'nanoid, first used by a job': async () => {
    // Version 3, a dependency of vitest.
    const { nanoid } = await import('nanoid');
    return { job: () => ({ id: nanoid() }) };
  },
  'randomUUID and Math.random in a job': () => ({ job: () => ({ id: randomUUID(), number: Math.random() }) }),
  'a resource of OpenTelemetry': () => {
    const { resourceFromAttributes } = createRequire(process.env.AGENTS)('@opentelemetry/resources');
    const resource = resourceFromAttributes({ 'process.pid': process.pid, 'service.instance.id': randomUUID() });
    return {
      job: () => ({
        id: resource.attributes['service.instance.id'],
        'own pid': resource.attributes['process.pid'] === process.pid,
      }),
    };
  },
  'enterWith() in a job': () => {
    const storage = new AsyncLocalStorage();
    let found;
    return {
      start: () => {
        found = storage.getStore();
      },
      job: () => {
        storage.enterWith({ tenant: 7 });
        return { 'found at the start': found !== undefined };
      },
    };
  },
  'a cache with data of a job': () => {
    const cache = new Map();
    return {
      job: () => {
        const tenants = [...cache.keys()];
        cache.set(`tenant ${process.pid}`, 'secret');
        return { 'tenants of other processes': tenants.length };
      },
    };
  },
  'a leak of 10 MB a job': () => {
    const leak = [];
    return {
      job: () => {
        leak.push(Buffer.alloc(10 * 1024 ** 2, 1));
        return { MB: leak.length * 10 };
      },
    };
  },
  'a worker_thread that a job starts': () => {
    const threads = [];
    return {
      async job() {
        if (threads.length === 0) threads.push(await begun(new Worker('setInterval(() => {}, 1000)', { eval: true })));
        return { threads: process.report.getReport().workers.length };
      },
    };
  },
  'a child process that a job starts': () => {
    let child;
    return {
      job: () => {
        child ??= spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
        return { child: child.pid !== undefined };
      },
    };
  },
};

export const NAMES = Object.keys(CASES);

const made = process.env.CASE === undefined ? {} : await CASES[process.env.CASE]();

export default async function main(context) {
  const service = await made.start?.(context);
  const link = openLink({
    async job() {
      try {
        return await made.job();
      } catch (error) {
        return { error: error.message };
      }
    },
  });
  return [service, link].filter(Boolean);
}

async function begun(thread) {
  await once(thread, 'online');
  return thread;
}

async function client() {
  const { Redis } = await import('ioredis');
  return new Redis(process.env.REDIS_URL, { lazyConnect: true, retryStrategy: null });
}
