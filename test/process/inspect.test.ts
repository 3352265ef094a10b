import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Debugger } from '../support/debugger.ts';
import { Swarm } from '../support/swarm.ts';

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** The first of two consecutive free ports. */
async function twoPorts(): Promise<number> {
  const first = await listen(0);
  const { port } = first.address() as AddressInfo;
  const second = await listen(port + 1).catch(() => undefined);
  first.close();
  second?.close();
  return second ? port : twoPorts();
}

test('SWARM_INSPECT lets a debugger attach to each worker, pause it and resume it', async () => {
  const port = await twoPorts();
  const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '2', SWARM_INSPECT: String(port) } });
  await swarm.event('worker.ready', 2);
  for (const { worker, pid } of swarm.events('worker.ready')) {
    const debugger_ = await Debugger.attach(port + (worker as number));
    expect(await debugger_.evaluate('process.pid')).toBe(pid);
    expect(await debugger_.evaluate('process.env.SWARM_SLOT')).toBe(String(worker));
    await debugger_.call('Debugger.enable');
    const paused = debugger_.event('Debugger.paused');
    await debugger_.call('Debugger.pause');
    // It pauses at its next job.
    await paused;
    const resumed = debugger_.event('Debugger.resumed');
    await debugger_.call('Debugger.resume');
    await resumed;
    const done = () => swarm.said(`done ${worker}`).length;
    const before = done();
    await swarm.until('another job', () => done() > before);
  }
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
});

test('a worker whose inspector port is taken runs without an inspector, and says so', async () => {
  const port = await twoPorts();
  const other = await listen(port);
  onTestFinished(() => void other.close());
  const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '2', SWARM_INSPECT: String(port) } });
  await swarm.event('worker.ready', 2);
  const [pid] = swarm.events('worker.ready').flatMap((line) => (line.worker === 1 ? line.pid : []));
  expect(await (await Debugger.attach(port + 1)).evaluate('process.pid')).toBe(pid);
  expect(swarm.errors.filter((line) => !/^Debugger (listening|attached)|^For help/.test(line))).toEqual([
    `swarm: worker 0 runs without an inspector: port ${port} is taken`,
  ]);
});
