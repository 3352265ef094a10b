// Measures how many workers fit into a simulated dyno under load, with swarm and with node:cluster. See README.md.
// Needs root.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Dyno } from '../test/dyno/dyno.js';
import { dynoType } from '../test/dyno/types.js';
import { cluster } from './contenders/cluster.js';
import { swarmFork, swarmForkApp } from './contenders/swarm.js';
import { DynoCommand } from './measure/dyno-command.js';
import { ContenderFailed, Session } from './measure/session.js';

const MB = 1024 ** 2;
const BENCH = import.meta.dirname;
const ROOT = join(BENCH, '..');

const { values } = parseArgs({
  options: {
    type: { type: 'string', default: 'standard-1x' },
    node: { type: 'string', default: process.execPath },
    /** Seconds of load. */
    load: { type: 'string', default: '60' },
    /** NODE_OPTIONS for all contenders. */
    flags: { type: 'string', default: '' },
  },
});
const { type, node, load, flags } = values;
const { quota, cpus } = dynoType(type);

// The directory of the socket, visible to the bench and to the dyno.
const directory = mkdtempSync(join(tmpdir(), 'swarm-bench-'));
chmodSync(directory, 0o755);
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
// A running dyno ends with this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

/** The last command that was started. */
let command;
const place = {
  directory,
  flags,
  run(args, environment) {
    // In the dyno, this repository is an installed package.
    const line = ['node', ...args.map((arg) => arg.replace(ROOT, '/app/node_modules/dyno-swarm'))].join(' ');
    command = new DynoCommand(line, dynoOptions(environment));
    return command;
  },
};

console.error(`${type}: ${quota / MB} MB, ${cpus} visible cores, ${load} s of load each`);
const usual = [await attempt(swarmFork, await ownCount()), await attempt(cluster, cpus)];
const most = [await largest(swarmFork), await largest(swarmForkApp), await largest(cluster)];
console.log(`\nAs many workers as swarm chooses, and as os.cpus() reports:\n${table(usual)}`);
console.log(`\nAs many workers as stay within ${quota / MB} MB:\n${table(most)}`);

/** The number of workers that swarm runs by default. */
async function ownCount() {
  const dyno = new Dyno({ ...dynoOptions({ BENCH_SOCKET: 'nowhere' }), command: 'swarm -r ./app/jobs.js' });
  await dyno.start();
  const boot = await dyno.log.line(/event=boot/);
  await dyno.destroy();
  return Number(/ workers=(\d+)/.exec(boot)[1]);
}

/** Doubles the number of workers until it is too large, then bisects. */
async function largest(contender) {
  let best;
  let fits = 0;
  let tooMany = Infinity;
  while (tooMany - fits > 1) {
    const result = await attempt(contender, tooMany === Infinity ? fits * 2 || 1 : Math.floor((fits + tooMany) / 2));
    if (result.secondsOver > 0) {
      tooMany = result.count;
    } else {
      fits = result.count;
      best = result;
    }
  }
  return best ?? { name: contender.name, count: 0, peak: 0, secondsOver: 0, errors: [] };
}

/** Boots the contender, puts it under load, and stops it. */
async function attempt(contender, count) {
  const session = new Session(contender, count, place);
  try {
    await session.start();
    await session.ask('work', { collectEvery: 0 });
    await sleep(load * 1000);
    await session.ask('rest');
    await session.stop();
  } catch (error) {
    // The dyno exceeded its memory. That is a result, whether Heroku killed the dyno or swarm recycled a worker.
    if (!(error instanceof ContenderFailed) || command.memory().secondsOver === 0) throw error;
  } finally {
    await session.destroy();
  }
  const { peak, secondsOver } = command.memory();
  const result = { name: contender.name, count, peak, secondsOver, errors: command.errors };
  console.error(table([result]));
  return result;
}

function dynoOptions(environment) {
  const env = { NODE_ENV: 'production', ...environment };
  return { type, app: BENCH, env, node, shared: [directory] };
}

function table(results) {
  return results
    .map(({ name, count, peak, secondsOver, errors }) => {
      const over = secondsOver > 0 ? `above the quota for ${secondsOver.toFixed(1)} s` : 'never above the quota';
      const memory = `${Math.round(peak / MB)} MB at most`;
      return `${name.padEnd(18)}${String(count).padStart(4)} workers${memory.padStart(16)}, ${[over, ...errors].join(', ')}`;
    })
    .join('\n');
}
