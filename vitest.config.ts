import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// CONTRIBUTING.md says which tier runs which of these projects.

/** Files at a time. Most tests wait for processes: with fewer the cores idle, with more the processes come late. */
const WIDTH = 3;

const FILES = readdirSync(join(import.meta.dirname, 'test/process')).filter((name) => name.endsWith('.test.ts'));

/** Files of test/process by name. A file in none of these lists runs in both modes, in .ci/run as well. */
function files(...names: string[]): string[] {
  const unknown = names.filter((name) => !FILES.includes(`${name}.test.ts`));
  if (unknown.length > 0)
    throw new Error(`vitest.config.ts lists files that test/process lacks: ${unknown.join(', ')}`);
  return names.map((name) => `test/process/${name}.test.ts`);
}

/** The life of a worker, which a spawner begins: these show in seconds that spawn mode works at all. */
const LIFE = files('crash', 'exit', 'identity', 'leftovers', 'orphans', 'quiet', 'replace', 'stop');

/** SWARM_TEST_MODE changes nothing here. */
const MODELESS = [
  // They choose the mode for each swarm, or start no worker.
  ...files('channels', 'doctor', 'draws', 'fork', 'inline', 'memory-saver', 'mold-lost', 'plan', 'thread-options'),
  ...files('usage', 'warm-up'),
  // They are about the supervisor: what it shows and what it tells.
  ...files('foreman', 'init', 'install', 'log', 'runner', 'systemd', 'terminal', 'top', 'watch'),
  // They are about what is printed in documents, and the example: in fork mode, with what it shares.
  ...files('examples', 'spool'),
  // They are about a worker that is ready. It has forgotten how it was started.
  ...files('endless', 'listen', 'one-stop', 'pipelining'),
];

/** Swarm knows how Node works inside: these find out when another Node works otherwise. */
const NODE_DEPENDENT = [
  ...files('addresses', 'builtins', 'channels', 'collector', 'descriptors', 'draws', 'exit', 'forged', 'fork'),
  ...files('identity', 'inspect', 'listen', 'made-before-fork', 'main-module', 'memory-saver', 'preloads', 'profiles'),
  ...files('restricted', 'snapshot', 'stderr', 'thread-heaps', 'thread-options', 'utilization', 'warm-up'),
];

const processes = {
  include: ['test/process/**/*.test.ts'],
  maxWorkers: WIDTH,
  // A hang ends here. On a machine that does ten things at once a test of some seconds takes a minute.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // After the unit tests. Vitest runs the projects of one order side by side if they agree on maxWorkers.
  sequence: { groupOrder: 1 },
};

const spawn = { ...processes, env: { SWARM_TEST_MODE: 'spawn' } };

/** These do not wait, and keep the cores busy themselves: beside others, each would only slow the other down. */
const fidelity = {
  maxWorkers: 1,
  testTimeout: 300_000,
  hookTimeout: 300_000,
  sequence: { groupOrder: 2 },
};

// The global setup of each installs packages first.
const programs = { include: ['test/programs/**/*.test.ts'], globalSetup: ['test/programs/install.ts'] };
const schemas = { include: ['test/schemas/**/*.test.ts'], globalSetup: ['test/schemas/install.ts'] };
const page = { include: ['test/page/**/*.test.ts'], globalSetup: ['test/page/install.ts'] };
const agents = { include: ['test/agents/**/*.test.ts'], globalSetup: ['test/agents/install.ts'] };
const queues = { include: ['test/queues/**/*.test.ts'], globalSetup: ['test/queues/install.ts'] };

/** Without this a project ignores the options beside `projects`. */
function inherit<T>(project: T): T & { extends: true } {
  return { extends: true, ...project };
}

export default defineConfig({
  test: {
    reporters: ['default', './test/support/skips.ts'],
    // The sum of failures has nothing but messages: they are to show what was expected, whole.
    chaiConfig: { truncateThreshold: 0 },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], maxWorkers: 2, testTimeout: 30_000 } },

      // In fork mode.
      { test: { ...processes, name: 'process' } },
      { test: { ...processes, name: 'process:nodes', include: NODE_DEPENDENT } },

      // In spawn mode: all files are in one of these.
      { test: { ...spawn, name: 'spawn', include: LIFE } },
      { test: { ...spawn, name: 'spawn:more', exclude: [...LIFE, ...MODELESS] } },
      { test: { ...spawn, name: 'spawn:rest', include: MODELESS } },

      { test: { ...fidelity, name: 'fidelity', include: ['test/fidelity/fresh.test.ts'] } },
      { test: { ...fidelity, name: 'fidelity:more', include: ['test/fidelity/{busy,soaks}.test.ts'] } },

      { test: { ...processes, name: 'dyno', include: ['test/dyno/**/*.test.ts'] } },
      { test: { ...processes, name: 'systemd', include: ['test/systemd/**/*.test.ts'] } },
      { test: { ...processes, name: 'containers', include: ['test/containers/**/*.test.ts'] } },
      { test: { ...processes, name: 'prometheus', include: ['test/prometheus/**/*.test.ts'] } },

      { test: { ...processes, ...schemas, name: 'schemas' } },
      { test: { ...processes, ...page, name: 'page' } },
      { test: { ...processes, ...programs, name: 'programs' } },
      { test: { ...spawn, ...programs, name: 'programs:spawn' } },
      { test: { ...processes, ...agents, name: 'agents' } },
      { test: { ...processes, ...queues, name: 'queue', include: ['test/queues/bullmq.test.ts'] } },
      { test: { ...processes, ...queues, name: 'queues' } },
      { test: { ...spawn, ...queues, name: 'queues:spawn' } },
    ].map(inherit),
  },
});
