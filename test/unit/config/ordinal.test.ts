import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/errors.ts';
import { ordinalOfCopy } from '../../../src/config/ordinal.ts';
import { machine, sized } from '../../support/machine.ts';

const POD = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };
const CONTAINER = '3f2a9c0d51e7';

function ordinal(environment: Record<string, string>, host = CONTAINER) {
  return ordinalOfCopy('INDEX', environment, host);
}

describe('INDEX=ordinal', () => {
  it.each([
    ['a Cedar dyno', { DYNO: 'worker.3' }, CONTAINER, 2, 'DYNO=worker.3'],
    ['an Indexed Job', { ...POD, JOB_COMPLETION_INDEX: '3' }, 'import-3', 3, 'JOB_COMPLETION_INDEX=3'],
    ['a StatefulSet', POD, 'worker-3', 3, 'host worker-3'],
    ['a StatefulSet with a long name', POD, 'mail-worker-v2-0', 0, 'host mail-worker-v2-0'],
    ['Nomad', { NOMAD_ALLOC_INDEX: '0' }, CONTAINER, 0, 'NOMAD_ALLOC_INDEX=0'],
    ['AWS Batch', { AWS_BATCH_JOB_ARRAY_INDEX: '12' }, CONTAINER, 12, 'AWS_BATCH_JOB_ARRAY_INDEX=12'],
    ['a job of Cloud Run', { CLOUD_RUN_TASK_INDEX: '7' }, 'localhost', 7, 'CLOUD_RUN_TASK_INDEX=7'],
  ])('finds the number of %s', (_platform, environment, host, value, source) => {
    expect(ordinal(environment, host)).toEqual({ value, source });
  });

  it.each([
    ['a Fir dyno', { DYNO: 'worker-5d4f8c7b9-24567' }, 'worker-5d4f8c7b9-24567'],
    ['a pod of a Deployment', POD, 'worker-5d4f8c7b9-x7k2p'],
    ['a pod whose name happens to end with digits', POD, 'worker-5d4f8c7b9-24567'],
    ['a pod on the network of its node', POD, 'ip-10-0-0-12'],
    ['a pod without a name of its own', POD, 'worker'],
    ['a machine whose name ends with a number', {}, 'ip-10-0-0-12'],
    ['a container', {}, CONTAINER],
    ['an empty variable', { NOMAD_ALLOC_INDEX: '' }, CONTAINER],
    ['values that are not numbers', { NOMAD_ALLOC_INDEX: '-1', CLOUD_RUN_TASK_INDEX: '1e3' }, CONTAINER],
  ])('does not guess for %s', (_what, environment, host) => {
    expect(() => ordinal(environment, host)).toThrow(ConfigError);
  });

  it('says where it has looked', () => {
    expect(() => ordinal({ ...POD, DYNO: 'worker-a-b', NOMAD_ALLOC_INDEX: 'x' }, 'worker-5d4f8c7b9-x7k2p')).toThrow(
      'INDEX="ordinal" needs a platform that numbers its copies, but DYNO is "worker-a-b", JOB_COMPLETION_INDEX is not set, ' +
        'NOMAD_ALLOC_INDEX is "x", AWS_BATCH_JOB_ARRAY_INDEX is not set, CLOUD_RUN_TASK_INDEX is not set, and the host is ' +
        '"worker-5d4f8c7b9-x7k2p" (not the name of a StatefulSet pod): give a whole number from 0, ' +
        'or leave it unset to start at 0.',
    );
    expect(() => ordinal({}, 'box-1')).toThrow('and the host is "box-1" (not a pod): ');
  });

  it('is refused if two sources disagree', () => {
    expect(ordinal({ NOMAD_ALLOC_INDEX: '2', DYNO: 'worker.3' }).value).toBe(2);
    expect(() => ordinal({ ...POD, DYNO: 'worker.2' }, 'worker-7')).toThrow('DYNO=worker.2 and host worker-7');
    expect(() => ordinal({ NOMAD_ALLOC_INDEX: '3', DYNO: 'worker.3' })).toThrow(
      'INDEX="ordinal" finds two numbers for this copy, DYNO=worker.3 and NOMAD_ALLOC_INDEX=3: give a whole number',
    );
  });

  it('uses each index once across a thousand copies, whatever their COUNT', () => {
    for (const [variable, first] of Object.entries({ DYNO: 1, NOMAD_ALLOC_INDEX: 0, CLOUD_RUN_TASK_INDEX: 0 })) {
      for (const count of [1, 3, 7, 1000]) {
        const starts = Array.from({ length: 1000 }, (_, copy) => {
          const text = variable === 'DYNO' ? `worker.${copy + first}` : String(copy + first);
          return sized({ INDEX: 'ordinal', COUNT: String(count), [variable]: text }, machine(2)).index;
        });
        expect(starts).toEqual(starts.map((_, copy) => copy * count));
      }
    }
  });
});
