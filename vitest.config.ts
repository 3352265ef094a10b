import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { missing } from './test/support/needs.ts';

// CONTRIBUTING.md lists the projects of each tier.

/** Concurrent files. Most tests wait for processes: with fewer files cores idle, with more the processes are late. */
const WIDTH = 3;

const FILES = readdirSync(join(import.meta.dirname, 'test/process')).filter((name) => name.endsWith('.test.ts'));

/** Files of test/process by name. A file in none of these lists runs in fork mode, and at night in spawn mode. */
function files(...names: string[]): string[] {
  const unknown = names.filter((name) => !FILES.includes(`${name}.test.ts`));
  if (unknown.length > 0)
    throw new Error(`vitest.config.ts lists files that test/process lacks: ${unknown.join(', ')}`);
  return names.map((name) => `test/process/${name}.test.ts`);
}

/** Tests of a worker's life, which show whether spawn mode works. */
const LIFE = files('crash', 'exit', 'identity', 'leftovers', 'orphans', 'quiet', 'reload', 'replace', 'server', 'stop');

/** swarm depends on internals of Node. These tests detect a Node with other internals. */
const NODE_DEPENDENT = [
  ...files('addresses', 'builtins', 'channels', 'collector', 'descriptors', 'draws', 'exit', 'forged', 'fork'),
  ...files('identity', 'inspect', 'listen', 'made-before-fork', 'main-module', 'memory-saver', 'preloads', 'profiles'),
  ...files('restricted', 'snapshot', 'stderr', 'thread-heaps', 'thread-options', 'utilization', 'warm-up'),
];

const processes = {
  include: ['test/process/**/*.test.ts'],
  maxWorkers: WIDTH,
  // Ends a test that hangs. On a busy machine a test of some seconds takes a minute.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // After the unit tests. Vitest runs the projects of a group in parallel if they have the same maxWorkers.
  sequence: { groupOrder: 1 },
};

const spawn = { ...processes, env: { SWARM_TEST_MODE: 'spawn' } };

/** These keep the cores busy instead of waiting, so running them in parallel would only slow them down. */
const fidelity = {
  maxWorkers: 1,
  testTimeout: 300_000,
  hookTimeout: 300_000,
  sequence: { groupOrder: 2 },
};

// The global setup of each project installs packages first.
const programs = { include: ['test/programs/**/*.test.ts'], globalSetup: ['test/programs/install.ts'] };
const schemas = { include: ['test/schemas/**/*.test.ts'], globalSetup: ['test/schemas/install.ts'] };
const page = { include: ['test/page/**/*.test.ts'], globalSetup: ['test/page/install.ts'] };
const agents = { include: ['test/agents/**/*.test.ts'], globalSetup: ['test/agents/install.ts'] };
const queues = { include: ['test/queues/**/*.test.ts'], globalSetup: ['test/queues/install.ts'] };

/** Projects that run no swarm. */
const SWARMLESS = ['unit', 'schemas'];
const withoutFork = missing('the addon', 'forked workers');

/** Whether a project can run without the addon. */
function isForkless({ name, env }: { name: string; env?: Record<string, string> }): boolean {
  return SWARMLESS.includes(name) || env?.['SWARM_TEST_MODE'] === 'spawn';
}

/** Without `extends` a project ignores the options next to `projects`. */
function inherit<T>(project: T): T & { extends: true } {
  return { extends: true, ...project };
}

export default defineConfig({
  test: {
    reporters: ['default', ['./test/support/skips.ts', { skips: withoutFork ? [withoutFork] : [] }]],
    // The summary of failures has only messages, so they must show the whole expected value.
    chaiConfig: { truncateThreshold: 0 },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], maxWorkers: 2, testTimeout: 30_000 } },

      // In fork mode.
      { test: { ...processes, name: 'process' } },
      { test: { ...processes, name: 'process:nodes', include: NODE_DEPENDENT } },

      // In spawn mode: every file is in one of these.
      { test: { ...spawn, name: 'spawn', include: LIFE } },
      { test: { ...spawn, name: 'spawn:rest', exclude: LIFE } },

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
    ]
      .filter(({ test }) => withoutFork === undefined || isForkless(test))
      .map(inherit),
  },
});
