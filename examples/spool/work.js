import { createHash, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** The work itself: three kinds of jobs of 10 to 30 ms. This code knows nothing of swarm or the queue. */
const KINDS = {
  /** Hashes a password, deliberately slowly. */
  async hash({ password }) {
    const key = await promisify(scrypt)(password, 'a salt', 32, { N: 2 ** 13 });
    return { key: key.toString('hex') };
  },

  /** Parses orders and sums them by customer. */
  async report({ orders }) {
    const received = JSON.stringify(
      Array.from({ length: orders }, (_, id) => ({ id, customer: id % 97, cents: id * 7 })),
    );
    const totals = {};
    for (const { customer, cents } of JSON.parse(received)) totals[customer] = (totals[customer] ?? 0) + cents;
    return { customers: Object.keys(totals).length, sha256: sha256(JSON.stringify(totals)) };
  },

  /** Compresses an access log. */
  async compress({ lines }) {
    const log = Array.from({ length: lines }, (_, line) => `192.0.2.${line % 251} GET /articles/${line * 31} 200\n`);
    const archive = await promisify(gzip)(log.join(''));
    return { bytes: archive.length, sha256: sha256(archive) };
  },
};

/** @throws Error for a job of unknown kind */
export async function perform(job) {
  const kind = KINDS[job.kind];
  if (!kind) throw new Error(`there are no jobs of kind ${JSON.stringify(job.kind)}`);
  return kind(job);
}

/** Returns an example job, a different one for each number. */
export function exampleJob(number) {
  const jobs = [
    { kind: 'hash', password: `secret ${number}` },
    { kind: 'report', orders: 40_000 + number },
    { kind: 'compress', lines: 25_000 + number },
  ];
  return jobs[number % jobs.length];
}

function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}
