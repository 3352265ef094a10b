import { expect, test } from 'vitest';
import { RecentEvents } from '../../../src/control/recent-events.ts';
import type { Entry } from '../../../src/log/logger.ts';

const NOW = 1_700_000_000_000;

function entry(change: Partial<Entry> = {}): Entry {
  return { level: 'info', event: 'worker.ready', fields: { worker: 1, index: 5 }, message: 'is ready', ...change };
}

function remembering(entries: readonly Entry[]) {
  const written: Entry[] = [];
  const events = new RecentEvents({ write: (each) => written.push(each) }, () => NOW);
  for (const each of entries) events.write(each);
  return { written, listed: events.list() };
}

test('an event is passed on unchanged, and remembered with its time', () => {
  const { written, listed } = remembering([entry(), entry({ level: 'warn', event: 'memory', fields: {} })]);
  expect(written).toEqual([entry(), entry({ level: 'warn', event: 'memory', fields: {} })]);
  expect(listed).toEqual([
    { at: NOW, event: 'worker.ready', level: 'info', worker: 1, message: 'is ready' },
    { at: NOW, event: 'memory', level: 'warn', message: 'is ready' },
  ]);
});

test('the last 20 are remembered, the newest last', () => {
  const { listed } = remembering(Array.from({ length: 50 }, (_, number) => entry({ message: `${number}` })));
  expect(listed.map(({ message }) => Number(message))).toEqual(Array.from({ length: 20 }, (_, number) => 30 + number));
});

test('metrics and debug entries are not remembered', () => {
  const entries = [entry({ event: 'metrics' }), entry({ level: 'debug' })];
  const { written, listed } = remembering(entries);
  expect(written).toEqual(entries);
  expect(listed).toEqual([]);
});

test('any application message becomes one short line of plain text', () => {
  const message = `\u001b[31mfailed\u001b[0m: a\nb\u0007 ${'日本'.repeat(1000)}`;
  const [event] = remembering([entry({ message })]).listed;
  expect(event?.message).toMatch(/^failed: a b 日本日/);
  expect(event?.message).toHaveLength(200);
  expect(event?.message.at(-1)).toBe('…');
});

test('a list is a snapshot, which later events do not change', () => {
  const events = new RecentEvents({ write: () => {} });
  const before = events.list();
  events.write(entry());
  expect(before).toEqual([]);
  expect(events.list()).toHaveLength(1);
});
