import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { fixture, NODE } from '../support/swarm.ts';
import { freePort } from '../support/web.ts';

/** What a server, its callback and its listeners get, event by event. */
type Seen = Record<string, { plain: string[]; shared: string[]; isUsed: boolean }>;

/** Forms that must not use the shared sockets, or that fail before they could. */
const UNUSED = [
  'exclusive',
  'closed before it listens',
  'an unknown host',
  'an invalid port',
  'text that is not a number',
  'an exclusive path',
];

const { stdout } = await execa(NODE, [fixture('listen-forms.mjs'), String(await freePort())]);
const seen = JSON.parse(stdout) as Seen;

describe('listen() on the port that workers share behaves as in plain Node', () => {
  test.each(Object.entries(seen))('%s', (form, { plain, shared, isUsed }) => {
    expect(shared).toEqual(plain);
    expect(isUsed).toBe(!UNUSED.includes(form));
  });
});
