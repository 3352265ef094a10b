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

  it('has its own, read-only pid', () => {
    Object.defineProperty(process, 'pid', { value: 1 });
    assumeIdentity(OWN_PID);

    const descriptor = { value: OWN_PID, writable: false, enumerable: true, configurable: true };
    expect(Object.getOwnPropertyDescriptor(process, 'pid')).toEqual(descriptor);
  });

  it('has its own pid even in a named import', () => {
    Object.defineProperty(process, 'pid', { value: 1 });
    syncBuiltinESMExports();
    expect(pid).toBe(1);

    assumeIdentity(OWN_PID);
    expect(pid).toBe(OWN_PID);
  });

  it('restarts its uptime at 0', () => {
    process.uptime = () => 1000;
    assumeIdentity(OWN_PID);
    expect(process.uptime()).toBe(0);
    expect(process.uptime.name).toBe('uptime');
  });
});
