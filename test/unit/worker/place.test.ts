import { describe, expect, it } from 'vitest';
import { assumePlace } from '../../../src/worker/place.ts';
import { fakeProcess } from './fake-process.ts';

describe('a worker', () => {
  const ASSIGNMENT = {
    workerId: 7,
    slot: 1,
    index: 11,
    count: 4,
    generation: 2,
    mode: 'fork',
    modules: ['/app/jobs.js', '/app/more.js'],
    args: ['-r', './jobs.js', '-r', './more.js', '--queue', 'mail'],
    timeout: 1000,
    heartbeat: 1000,
    frugal: false,
    supervisor: 1,
  } as const;

  it('gets its arguments and its index in process.argv, even through an older reference', () => {
    fakeProcess();
    process.argv = ['node', 'mold.js'];
    const { argv } = process;
    assumePlace(ASSIGNMENT);

    expect(argv).toEqual([process.execPath, '/app/jobs.js', ...ASSIGNMENT.args, '-i', '11']);
    expect(process.argv).toBe(argv);
  });

  it('gets only the arguments after "--", if there is one', () => {
    fakeProcess();
    assumePlace({ ...ASSIGNMENT, args: ['-r', './jobs.js', '--', '-q', 'mail'] });

    expect(process.argv).toEqual([process.execPath, '/app/jobs.js', '-q', 'mail']);
  });

  it('gets the program as its main module, not a require hook listed before it', () => {
    fakeProcess();
    const hook = '/app/node_modules/ts-node/register/index.js';
    assumePlace({ ...ASSIGNMENT, modules: [hook, '/app/jobs.ts'], args: ['--'] });

    expect(process.argv).toEqual([process.execPath, '/app/jobs.ts']);
  });

  it('gets its place in the swarm in its environment and its title', () => {
    fakeProcess();
    process.env['SWARM_SLOT'] = 'of the mold';
    assumePlace(ASSIGNMENT);

    expect(process.env).toMatchObject({ INDEX: '11', SWARM_SLOT: '1', SWARM_COUNT: '4', SWARM_MODE: 'fork' });
    expect(process.title).toBe('swarm worker 1 (index 11)');
  });
});
