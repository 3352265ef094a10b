// Measures the answers of SWARM_LISTEN to probes, and their latency.
//
//     node bench/experiments/probes.js [--only life,crowd,kills] [--mode fork|spawn] [--seconds 20] [--kills 20]
//
// needs no packages of the bench. `life` polls /readyz and /livez every 10 ms through a boot, a rolling restart, a
// crash loop, quiet and a stop, and prints runs of equal answers. `crowd` polls them while all workers are busy and
// 1,000 connections send a byte a second. `kills` kills each of this many workers once, while all of them answer
// requests.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { ask, poll, quantile, runs } from './probes/asking.js';
import { ProbedSwarm } from './probes/swarm.js';

const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: { only: text('life,crowd,kills'), mode: text('fork'), seconds: text('20'), kills: text('20') },
});
const PARTS = { life, crowd, kills };
for (const part of values.only.split(',')) await PARTS[part]();

async function life() {
  const swarm = await ProbedSwarm.start({ count: 4, mode: values.mode, env: { BOOT_MS: '500' } });
  const [readyz, livez] = ['/readyz', '/livez'].map((path) => poll(swarm.port, path));
  const until = async (what, seen) => {
    await seen;
    await sleep(100);
    print(what, { readyz, livez });
  };
  await until('boot', swarm.seen('worker.ready', 4));
  swarm.signal('SIGUSR2');
  await until('rolling restart', swarm.seen('reload', 2));
  swarm.breakWorkers();
  swarm.killWorker(swarm.workers()[0]);
  await until('crash loop of one worker', swarm.seen('worker.backoff', 3));
  swarm.repairWorkers();
  await until('recovery', untilReady(swarm));
  swarm.signal('SIGUSR1');
  await until('quiet', swarm.seen('worker.quiet', 4));
  swarm.signal('SIGTERM');
  await until('stop', swarm.ended);
  for (const asked of [readyz, livez]) asked.stop();
}

async function untilReady({ port }) {
  while ((await ask(port, '/readyz')).code !== 200);
}

function print(what, polls) {
  console.log(`\n${what}`);
  for (const [name, asked] of Object.entries(polls)) console.log(`  ${name.padEnd(7)}${runs(asked.take()).join(', ')}`);
}

async function crowd() {
  const env = { BUSY: '1' };
  const swarm = await ProbedSwarm.start({ count: 4, mode: values.mode, env });
  await swarm.seen('worker.ready', 4);
  const others = new Worker(new URL('probes/crowd.js', import.meta.url), {
    workerData: { port: swarm.port, size: 1000 },
  });
  await sleep(3000);
  console.log('\n4 busy workers, and 1,000 connections that send a byte a second');
  for (const path of ['/livez', '/readyz', '/metrics']) {
    const asked = poll(swarm.port, path, path === '/metrics' ? 1000 : 10);
    await sleep(1000 * Number(values.seconds));
    asked.stop();
    const answers = asked.take();
    const times = answers.map(({ ms }) => ms);
    const figures = [0.5, 0.99, 1].map((part) => quantile(times, part).toFixed(1));
    console.log(
      `  ${path.padEnd(9)}${runs(answers).join(', ')}; median ${figures[0]} ms, p99 ${figures[1]}, most ${figures[2]}`,
    );
  }
  await others.terminate();
  await swarm.stop();
}

async function kills() {
  const count = Number(values.kills);
  const swarm = await ProbedSwarm.start({ count, mode: values.mode, env: { SWARM_PRELOAD_APP: '1', SERVE: '1' } });
  await swarm.seen('worker.ready', count);
  let asking = true;
  const load = Array.from({ length: 4 }, async () => {
    while (asking) await ask(swarm.webPort, '/');
  });
  const times = { 'worker.ready': [], '/readyz is 200 again': [] };
  for (const pid of swarm.workers()) {
    await sleep(500);
    const next = swarm.count('worker.ready') + 1;
    const killedAt = performance.now();
    swarm.killWorker(pid);
    const isReady = swarm
      .seen('worker.ready', next)
      .then(() => times['worker.ready'].push(performance.now() - killedAt));
    await swarm.seen('worker.exit', next - count);
    await untilReady(swarm);
    times['/readyz is 200 again'].push(performance.now() - killedAt);
    await isReady;
  }
  asking = false;
  await Promise.all(load);
  console.log(`\n${count} workers that answer requests, each killed once`);
  for (const [what, measured] of Object.entries(times)) {
    const figures = [0.5, 1].map((part) => quantile(measured, part).toFixed(0));
    console.log(`  from KILL to ${what}: median ${figures[0]} ms, most ${figures[1]} ms`);
  }
  await swarm.stop();
}
