import { readlinkSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { pid } from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { assumeIdentity, assumePlace } from '../../../../src/worker/copy/identity.ts';
import { fakeProcess } from '../fake-process.ts';

const OWN_PID = Number(readlinkSync('/proc/self'));
const { uptime } = process;

describe('a copy of a process', () => {
  afterEach(() => {
    process.uptime = uptime;
    Object.defineProperty(process, 'pid', { value: OWN_PID });
  });

  it('has a pid of its own, which nobody can overwrite', () => {
    Object.defineProperty(process, 'pid', { value: 1 });
    assumeIdentity(OWN_PID);

    const descriptor = { value: OWN_PID, writable: false, enumerable: true, configurable: true };
    expect(Object.getOwnPropertyDescriptor(process, 'pid')).toEqual(descriptor);
  });

  it('has it also where it was imported by name', () => {
    Object.defineProperty(process, 'pid', { value: 1 });
    syncBuiltinESMExports();
    expect(pid).toBe(1);

    assumeIdentity(OWN_PID);
    expect(pid).toBe(OWN_PID);
  });

  it('counts its uptime from now on', () => {
    process.uptime = () => 1000;
    assumeIdentity(OWN_PID);
    expect(process.uptime()).toBe(0);
    expect(process.uptime.name).toBe('uptime');
  });
});

describe('a worker', () => {
  const ASSIGNMENT = {
    worker: 7,
    slot: 1,
    index: 11,
    count: 4,
    generation: 2,
    mode: 'fork',
    modules: ['/app/jobs.js', '/app/more.js'],
    args: ['-r', './jobs.js', '-r', './more.js', '--queue', 'mail'],
    timeout: 1000,
    heartbeat: 1000,
    supervisor: 1,
  } as const;

  it('sees its place in its arguments, also those who have kept them', () => {
    fakeProcess();
    process.argv = ['node', 'mold.js'];
    const { argv } = process;
    assumePlace(ASSIGNMENT);

    expect(argv).toEqual([process.execPath, '/app/jobs.js', ...ASSIGNMENT.args, '-i', '11']);
    expect(process.argv).toBe(argv);
  });

  it('sees what follows "--" and nothing else', () => {
    fakeProcess();
    assumePlace({ ...ASSIGNMENT, args: ['-r', './jobs.js', '--', '-q', 'mail'] });

    expect(process.argv).toEqual([process.execPath, '/app/jobs.js', '-q', 'mail']);
  });

  it('sees the program, not a hook that stands before it', () => {
    fakeProcess();
    const hook = '/app/node_modules/ts-node/register/index.js';
    assumePlace({ ...ASSIGNMENT, modules: [hook, '/app/jobs.ts'], args: ['--'] });

    expect(process.argv).toEqual([process.execPath, '/app/jobs.ts']);
  });

  it('sees it in its environment and in its title', () => {
    fakeProcess();
    process.env['SWARM_SLOT'] = 'of the mold';
    assumePlace(ASSIGNMENT);

    expect(process.env).toMatchObject({ INDEX: '11', SWARM_SLOT: '1', SWARM_COUNT: '4', SWARM_MODE: 'fork' });
    expect(process.title).toBe('swarm worker 1 (index 11)');
  });
});
