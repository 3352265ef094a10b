import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Descriptor } from '../../../../src/mold/leftovers/descriptors.ts';
import type { Leftover } from '../../../../src/mold/leftovers/leftovers.ts';
import type { Load } from '../../../../src/mold/preload/load.ts';
import { ReportInProgress } from '../../../../src/mold/preload/report.ts';

const openDescriptors = vi.hoisted(() => vi.fn<() => Map<string, () => Descriptor>>());
vi.mock('../../../../src/mold/leftovers/descriptors.ts', () => ({ openDescriptors }));

const LOAD: Load = { name: 'a', specifier: 'a', how: 'require', from: '/app/jobs.js', url: 'file:///app/a.js' };
const SOCKET: Leftover = { kind: 'socket', detail: 'TCP to port 6379' };
const file = (detail: string): Leftover & Descriptor => ({ kind: 'open file', detail });

/** Returns what the report keeps of these leftovers. */
function leftAfter(left: readonly Leftover[]): readonly Leftover[] | undefined {
  const report = new ReportInProgress();
  report.loaded(LOAD, { ms: 1, bytes: undefined, instrumentation: undefined });
  report.left(new Map([['a', left]]), []);
  report.dropClosedFiles();
  return report.end().packages[0]?.left;
}

describe('files that a package has left open', () => {
  beforeEach(() => {
    openDescriptors.mockReset().mockReturnValue(new Map([['9 /app/open', () => file('/app/open')]]));
  });

  test('are dropped once they are closed', () => {
    expect(leftAfter([file('/app/closed'), file('/app/open'), SOCKET])).toEqual([file('/app/open'), SOCKET]);
  });

  test('are not searched for if there were none, because that is slow', () => {
    expect(leftAfter([SOCKET])).toEqual([SOCKET]);
    expect(openDescriptors).not.toHaveBeenCalled();
  });
});
