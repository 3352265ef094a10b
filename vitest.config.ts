import { defineConfig } from 'vitest/config';

const processes = {
  include: ['test/process/**/*.test.ts'],
  // Real processes on few cores: one file at a time, and room for a slow machine.
  fileParallelism: false,
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

/** With real queue libraries, which they install first. They wait for timeouts of these most of the time. */
const queues = {
  ...processes,
  include: ['test/queues/**/*.test.ts'],
  globalSetup: ['test/queues/install.ts'],
  fileParallelism: true,
  maxWorkers: 3,
  // Not beside the others.
  sequence: { groupOrder: 1 },
};

/** Programs and require hooks that nobody here wrote, which they install first. */
const programs = {
  ...processes,
  include: ['test/programs/**/*.test.ts'],
  globalSetup: ['test/programs/install.ts'],
  // Vitest takes projects of one order only where they have as many workers.
  sequence: { groupOrder: 2 },
};

/** Agents of monitoring services, which they install first, and a service of their own that these report to. */
const agents = {
  ...processes,
  include: ['test/agents/**/*.test.ts'],
  globalSetup: ['test/agents/install.ts'],
  testTimeout: 120_000,
  sequence: { groupOrder: 3 },
};

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 } },
      // With the mode that swarm chooses, which is fork where that is possible, and with the other one.
      { test: { ...processes, name: 'process' } },
      {
        test: {
          name: 'fidelity',
          include: ['test/fidelity/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      { test: { ...processes, name: 'dyno', include: ['test/dyno/**/*.test.ts'] } },
      { test: { ...processes, name: 'systemd', include: ['test/systemd/**/*.test.ts'] } },
      { test: { ...processes, name: 'process, spawning', env: { SWARM_TEST_MODE: 'spawn' } } },
      { test: { ...programs, name: 'programs' } },
      { test: { ...programs, name: 'programs, spawning', env: { SWARM_TEST_MODE: 'spawn' } } },
      { test: { ...agents, name: 'agents' } },
      { test: { ...queues, name: 'queues' } },
      { test: { ...queues, name: 'queues, spawning', env: { SWARM_TEST_MODE: 'spawn' } } },
    ],
  },
});
