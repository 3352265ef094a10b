import { readlinkSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { pid } from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { assumeIdentity } from '../../../../src/worker/copy/identity.ts';

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
