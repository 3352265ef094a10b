import { describe, expect, it } from 'vitest';
import type { Assignment } from '../../../src/protocol/assignment.ts';
import { environmentWith, takeAssignment, workerVariables } from '../../../src/protocol/environment.ts';

const ASSIGNMENT: Assignment = {
  workerId: 12,
  slot: 2,
  index: 10,
  count: 4,
  generation: 3,
  mode: 'spawn',
  modules: ['/app/a file "quoted".js', '/app/ü.js'],
  args: ['-r', 'x', '--name', 'line\nbreak', ''],
  timeout: 25_000,
  heartbeat: 5000,
  frugal: false,
  supervisor: 4,
};

const VARIABLES = {
  INDEX: '10',
  SWARM_INDEX: '10',
  SWARM_SLOT: '2',
  SWARM_COUNT: '4',
  SWARM_GENERATION: '3',
  SWARM_MODE: 'spawn',
  NODE_APP_INSTANCE: '2',
};

describe('the environment of a worker', () => {
  it('tells user code which worker it is', () => {
    expect(workerVariables(ASSIGNMENT)).toEqual(VARIABLES);
  });

  it("is the supervisor's, with the worker's own values instead of the supervisor's settings", () => {
    const environment = { PATH: '/bin', INDEX: '8', SWARM_INDEX: 'dyno', SWARM_COUNT: '0.5', SWARM_MODE: 'auto' };

    expect(environmentWith(ASSIGNMENT, environment)).toMatchObject({ PATH: '/bin', ...VARIABLES });
  });

  it("does not change the supervisor's", () => {
    const environment = Object.freeze({ INDEX: '8' });

    environmentWith(ASSIGNMENT, environment);

    expect(environment).toEqual({ INDEX: '8' });
  });

  it('replaces the assignment of an outer swarm', () => {
    const outer = environmentWith({ ...ASSIGNMENT, workerId: 1 }, {});

    expect(takeAssignment(environmentWith(ASSIGNMENT, outer))).toEqual(ASSIGNMENT);
  });
});

describe('the assignment', () => {
  it('travels in the environment, and is removed when it is taken', () => {
    const environment = environmentWith(ASSIGNMENT, { PATH: '/bin' });

    expect(takeAssignment(environment)).toEqual(ASSIGNMENT);
    expect(environment).toEqual({ PATH: '/bin', ...VARIABLES });
  });

  it('can be taken only once', () => {
    const environment = environmentWith(ASSIGNMENT, {});
    takeAssignment(environment);

    expect(() => takeAssignment(environment)).toThrow('this is a bug in swarm');
  });
});
