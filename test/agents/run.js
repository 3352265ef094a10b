import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AGENTS, WAYS } from './agents.js';
import { certificateOfSink } from './certificate.js';
import { Sink } from './sink.js';

const BIN = fileURLToPath(new URL('../../bin/swarm', import.meta.url));

export const WORKERS = 2;

/**
 * @typedef {{
 *   told: string[],
 *   instances: number,
 *   workers: number,
 *   strangePids: number[],
 *   sharedConnections: number,
 *   commonIds: number,
 *   log: { level: string, event: string, msg: string }[],
 *   lines: string[],
 *   errors: unknown[],
 * }} Told `told`: facts such as "span GET /hello". `strangePids`: processes that reported and are not workers
 */

/** How long to wait for an agent's reports, in milliseconds. */
const PATIENCE = 60_000;

/** If nothing new is reported for this long, everything has been reported, in milliseconds. */
const SILENCE = 2500;

/**
 * Runs an application with an agent, and returns what the agent's service was told.
 *
 * @param {{ agent: string, way: string, mode: 'fork' | 'spawn', redis: string, node?: string | undefined }} cell
 * @returns {Promise<Told | undefined>} undefined if the agent cannot be started in this way
 */
export async function run({ agent: name, way, mode, redis, node = process.execPath }) {
  const agent = AGENTS[name];
  const application = WAYS[way](agent);
  if (!application) return undefined;
  const { args, env, ...files } = application;
  const directory = await mkdtemp(join(tmpdir(), 'swarm-agents-'));
  const tls = agent.tls ? await certificateOfSink() : undefined;
  const sink = new Sink(name, tls);
  await sink.listen();
  let swarm;
  try {
    for (const [file, source] of Object.entries(files)) await writeFile(join(directory, file), source);
    await cp(new URL('./application/work.cjs', import.meta.url), join(directory, 'work.cjs'));
    await writeFile(join(directory, 'package.json'), '{ "name": "application" }');
    await symlink(fileURLToPath(new URL('./node_modules', import.meta.url)), join(directory, 'node_modules'));
    const lines = [];
    swarm = spawn(node, [BIN, ...args], {
      cwd: directory,
      env: {
        ...environment(),
        REDIS_URL: redis,
        COUNT: String(WORKERS),
        SWARM_MODE: mode,
        SWARM_LOG_FORMAT: 'json',
        ...agent.env({ port: sink.port, certificate: tls?.file }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise((resolve) => swarm.on('close', resolve));
    for (const stream of [swarm.stdout, swarm.stderr]) {
      createInterface({ input: stream }).on('line', (line) => lines.push(line));
    }
    await quiet(sink, lines, ended);
    swarm.kill('SIGTERM');
    await ended;
    return summarize(sink, lines);
  } finally {
    swarm?.kill('SIGKILL');
    sink.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Waits until each worker has worked and no more reports arrive. */
async function quiet(sink, lines, ended) {
  const deadline = Date.now() + PATIENCE;
  let known = -1;
  let since = Date.now();
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (Date.now() < deadline && !isOver) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const names = new Set(sink.facts.map(({ kind, name, instance }) => `${kind} ${name} ${instance}`)).size;
    if (names !== known) since = Date.now();
    known = names;
    const worked = lines.filter((line) => line.startsWith('worked')).length >= WORKERS;
    if (worked && names > 0 && Date.now() - since > SILENCE) return;
  }
}

function summarize(sink, lines) {
  const { facts } = sink;
  const pids = lines.filter((line) => line.startsWith('worked ')).map((line) => Number(line.split(' ')[1]));
  const log = lines.filter((line) => line.startsWith('{"level"')).map((line) => JSON.parse(line));
  const instances = [...new Set(facts.map(({ instance }) => instance))];
  const shared = facts.filter(({ peers }) => peers.length > 1).map(({ connection }) => connection);
  const owners = new Map();
  let common = 0;
  for (const { ids = [], instance } of facts) {
    for (const id of ids) {
      if (owners.has(id) && owners.get(id) !== instance) common += 1;
      owners.set(id, instance);
    }
  }
  return {
    told: [...new Set(facts.map(({ kind, name }) => `${kind} ${name.replace(/:\d+$/, ':port')}`))].sort(),
    instances: instances.length,
    workers: pids.length,
    strangePids: [...new Set(facts.flatMap(({ pid, peers }) => [...(pid ? [pid] : []), ...peers]))].filter(
      (pid) => !pids.includes(pid),
    ),
    sharedConnections: new Set(shared).size,
    commonIds: common,
    log,
    preloaded: log.find(({ event }) => event === 'boot')?.msg,
    errors: sink.errors,
    lines,
  };
}

function environment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(SWARM|COUNT|INDEX|NODE_|VITEST|NPM_|npm_|DYNO)/.test(name),
  );
  return Object.fromEntries(kept);
}
