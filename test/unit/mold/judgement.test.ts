import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/mold/judgement.ts';
import type { Leftover } from '../../../src/mold/leftovers/leftovers.ts';
import type { PreloadReport } from '../../../src/mold/preload/report.ts';

const SOCKET: Leftover = { kind: 'socket', detail: 'TCP to port 6379' };
const FILE: Leftover = { kind: 'open file', detail: '/app/x.db' };

const UNSHAREABLE = new Map([
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
    bytes: 1,
  };
}

describe('what a preload comes to', () => {
  const judged = (row: object) => {
    const name = '--require agent';
    const packages = [{ name, version: '1.0.0', ms: 1, bytes: undefined, left: [], ...row }];
    return judge({ packages, failed: [] }, new Map(), 'by name').map(({ fate, reason }) => [fate, reason]);
  };

  it('is to be left out, whoever has named it, if it makes an instance of this process', () => {
    expect(judged({})).toEqual([]);
    expect(judged({ hasConnected: true })).toEqual([['left-out', 'it connects to a server while it is loaded']]);
    expect(judged({ left: [SOCKET] })).toEqual([['left-out', expect.stringMatching(/leaves a socket/)]]);
  });
});

describe('what a package comes to', () => {
  it('is to be left out by rule, whatever makes it unfit', () => {
    expect(judge(report(), UNSHAREABLE, 'by rule')).toEqual([
      { name: 'broken', fate: 'left-out', reason: 'it could not be preloaded (Error: no database)' },
      { name: 'ids', fate: 'left-out', reason: 'it reads process.pid' },
      { name: 'redis', fate: 'left-out', reason: 'loading it leaves a socket (TCP to port 6379) behind' },
      {
        name: 'both',
        fate: 'left-out',
        reason: 'loading it leaves a socket (TCP to port 6379) and an open file (/app/x.db) behind',
      },
    ]);
  });

  it('is to be shared at its risk by name, unless it has failed', () => {
    const judgements = judge(report(), UNSHAREABLE, 'by name');
    expect(judgements[0]).toEqual({
      name: 'broken',
      fate: 'failed',
      reason: 'Error: no database',
      stack: 'Error: no database\n    at x',
    });
    expect(judgements.slice(1).map(({ name, fate }) => [name, fate])).toEqual([
      ['ids', 'risky'],
      ['redis', 'risky'],
      ['both', 'risky'],
    ]);
  });
});
