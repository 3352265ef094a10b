import { createRequire } from 'node:module';
import { expect, test, vi } from 'vitest';
import { asService } from '../../src/worker/services/shapes.ts';

interface Document {
  _id: number;
  name: string;
  nextRunAt: Date | null;
  lockedAt: Date | null;
  lastFinishedAt?: Date;
}

interface Query {
  $and?: unknown;
  _id?: number | { $in: number[] };
}

/** A fake MongoDB collection with the methods that Agenda 5 calls while it works. */
class Collection {
  readonly documents: Document[];

  constructor(ids: number[]) {
    this.documents = ids.map((_id) => ({ _id, name: 'welcome', nextRunAt: new Date(0), lockedAt: null }));
  }

  async findOneAndUpdate(query: Query, { $set }: { $set: Partial<Document> }): Promise<{ value: Document | null }> {
    const isFree = ({ lockedAt, nextRunAt }: Document) => lockedAt === null && nextRunAt !== null;
    const found = this.documents.find((document) => (query.$and ? isFree(document) : document._id === query._id));
    if (found) Object.assign(found, $set);
    return { value: found ? { ...found } : null };
  }

  updateMany(query: Query, { $set }: { $set: Partial<Document> }, callback: () => void): void {
    const ids = typeof query._id === 'object' ? query._id.$in : [];
    for (const document of this.documents) if (ids.includes(document._id)) Object.assign(document, $set);
    callback();
  }
}

// These tests have no MongoDB: the class is real, the collection is not.
test('Agenda 5 finishes its current jobs, unlocks those it has only locked, and closes its connection', async () => {
  const { Agenda } = createRequire(import.meta.url)('agenda5');
  const collection = new Collection([1, 2, 3, 4]);
  const database = { close: vi.fn(async () => {}) };
  const agenda = Object.assign(new Agenda({ processEvery: 10 }), { _collection: collection, _db: database });
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  agenda.define('welcome', { concurrency: 2 }, (job: { attrs: Document }) => {
    begun.push(job.attrs._id);
    return new Promise<void>((resolve) => ends.push(resolve));
  });
  const service = asService(agenda);
  agenda.emit('ready');
  await agenda.start();
  await vi.waitFor(() => {
    expect(collection.documents.every(({ lockedAt }) => lockedAt)).toBe(true);
    expect(begun).toHaveLength(2);
  });
  const inHand = collection.documents.filter(({ _id }) => begun.includes(_id));
  const waiting = collection.documents.filter(({ _id }) => !begun.includes(_id));
  expect(service?.running?.()).toEqual(begun.map((id) => `job ${id} "welcome"`));

  await service?.quiet?.();
  await service?.quiet?.();
  const stopped = Promise.resolve(service?.stop());
  // Running jobs stay locked, or other workers would also run them.
  await agenda._ready;
  expect(inHand.every(({ lockedAt }) => lockedAt)).toBe(true);
  // The stop then ends immediately. Agenda's own drain() would wait forever.
  for (const end of ends) end();
  await stopped;

  expect(begun).toHaveLength(2);
  expect(inHand.every(({ lastFinishedAt }) => lastFinishedAt)).toBe(true);
  expect(waiting.map(({ lockedAt }) => lockedAt)).toEqual([null, null]);
  expect(database.close).toHaveBeenCalledTimes(1);
});
