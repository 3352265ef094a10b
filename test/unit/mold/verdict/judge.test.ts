import { describe, expect, it } from 'vitest';
import type { Leftover } from '../../../../src/mold/leftovers/leftovers.ts';
import type { PreloadReport } from '../../../../src/mold/preload/report.ts';
import { judge } from '../../../../src/mold/verdict/judge.ts';
import { WARM_UP } from '../../../../src/protocol/messages.ts';

const SOCKET: Leftover = { kind: 'socket', detail: 'TCP to port 6379' };
const FILE: Leftover = { kind: 'open file', detail: '/app/x.db' };

const SAME_IDS = new Map([
  ['ids', 'it reads process.pid'],
  ['not-loaded', 'it draws from Math.random'],
]);

function report(): PreloadReport {
  const packages = Object.entries({ fine: [], ids: [], redis: [SOCKET], both: [SOCKET, FILE] });
  return {
    packages: packages.map(([name, left]) => ({ name, version: '1.0.0', ms: 1, bytes: undefined, left })),
    failed: [
      { name: 'broken', version: undefined, message: 'Error: no database', stack: 'Error: no database\n    at x' },
    ],
    skipped: [],
    ms: 1,
  };
}

describe('the verdict on a preload', () => {
  const judged = (row: object) => {
    const name = '--require agent';
    const packages = [{ name, version: '1.0.0', ms: 1, bytes: undefined, left: [], ...row }];
    return judge({ packages, failed: [] }, new Map(), () => 'name').map(({ verdict, reason }) => [verdict, reason]);
  };

  it('is left-out, even by name, if it connects or leaves something behind', () => {
    expect(judged({})).toEqual([]);
    expect(judged({ hasConnected: true })).toEqual([['left-out', 'it connects to a server while it is loaded']]);
    expect(judged({ left: [SOCKET] })).toEqual([['left-out', expect.stringMatching(/leaves a socket/)]]);
  });
});

describe('the verdict on a warm-up', () => {
  const row = { name: WARM_UP, version: undefined, ms: 1, bytes: undefined, left: [SOCKET] };
  const failed = { name: WARM_UP, version: undefined, message: 'Error: no rates', stack: 'Error: no rates\n    at x' };

  it.each<[what: string, report: Pick<PreloadReport, 'packages' | 'failed'>, verdict: object]>([
    ['a leftover', { packages: [row], failed: [] }, { reason: 'it leaves a socket (TCP to port 6379) behind' }],
    [
      'a failure',
      { packages: [], failed: [failed] },
      { reason: 'it failed (Error: no rates)', stack: 'Error: no rates\n    at x' },
    ],
  ])('is cold after %s', (_what, report, verdict) => {
    expect(judge(report, new Map(), () => 'application')).toEqual([{ name: WARM_UP, verdict: 'cold', ...verdict }]);
  });

  it('is cold if it draws an id, and none if all is well', () => {
    const packages = [{ ...row, left: [] }];
    const reason = 'jobs.js draws from Math.random';
    expect(judge({ packages, failed: [] }, new Map([[WARM_UP, reason]]), () => 'application')).toEqual([
      { name: WARM_UP, verdict: 'cold', reason },
    ]);
    expect(judge({ packages, failed: [] }, new Map(), () => 'application')).toEqual([]);
  });
});

describe('the verdict on a package', () => {
  it('is left-out if a rule chose it, whatever the reason', () => {
    expect(judge(report(), SAME_IDS, () => 'rule')).toEqual([
      { name: 'broken', verdict: 'left-out', reason: 'it could not be preloaded (Error: no database)' },
      { name: 'ids', verdict: 'left-out', reason: 'it reads process.pid' },
      { name: 'redis', verdict: 'left-out', reason: 'loading it leaves a socket (TCP to port 6379) behind' },
      {
        name: 'both',
        verdict: 'left-out',
        reason: 'loading it leaves a socket (TCP to port 6379) and an open file (/app/x.db) behind',
      },
    ]);
  });

  it('is unsafe if the user named it, unless it failed', () => {
    const verdicts = judge(report(), SAME_IDS, () => 'name');
    expect(verdicts[0]).toEqual({
      name: 'broken',
      verdict: 'failed',
      reason: 'Error: no database',
      stack: 'Error: no database\n    at x',
    });
    expect(verdicts.slice(1).map(({ name, verdict }) => [name, verdict])).toEqual([
      ['ids', 'unsafe'],
      ['redis', 'unsafe'],
      ['both', 'unsafe'],
    ]);
  });
});
