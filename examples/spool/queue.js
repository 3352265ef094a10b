import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The directory of the queue, unless SPOOL names another. */
export const SPOOL = process.env.SPOOL || join(import.meta.dirname, 'spool');

/**
 * A queue in a directory, without a server: any number of processes on one machine may use it at the same time.
 *
 *     tmp/            files that are still being written
 *     new/            jobs that wait
 *     busy/<index>/   what the worker with this index has in hand
 *     done/ failed/   results
 *
 * A job is a file, and it moves on by rename(2), which happens as a whole or not at all, and for one process alone. So
 * nobody ever reads half a file, a job that several workers want goes to exactly one of them, and wherever a process is
 * killed, none of its jobs is lost: each is done at least once, and has one result.
 */
export class Queue {
  #directory;

  constructor(directory = SPOOL) {
    this.#directory = directory;
  }

  /** Makes the directories that are missing. */
  async open() {
    for (const place of ['tmp', 'new', 'busy', 'done', 'failed']) await mkdir(this.#path(place), { recursive: true });
  }

  async add(job) {
    // Names sort by age. The random part is for processes that add in the same millisecond.
    await this.#publish('new', `${Date.now()}-${randomUUID()}.json`, job);
  }

  /**
   * Before its first claim, a worker puts back the jobs that an earlier worker with its index left unfinished.
   *
   * That one is dead: swarm never gives an index to two workers for long. If it still lives (it has grown too large,
   * and stops when this one is ready), its job is done twice, and the second result replaces the first. It is worse to
   * lose a job than to do it twice.
   */
  async putBack(index) {
    await mkdir(this.#path('busy', index), { recursive: true });
    for (const name of await this.names('busy', index)) {
      await unlessGone(rename(this.#path('busy', index, name), this.#path('new', name)));
    }
  }

  /** Takes the oldest job that waits, if there is one. */
  async claim(index) {
    for (const name of await this.names('new')) {
      const inHand = this.#path('busy', index, name);
      await unlessGone(rename(this.#path('new', name), inHand));
      const text = await unlessGone(readFile(inHand, 'utf8'));
      // Without it, another worker was faster: on to the next job.
      if (text !== undefined) return { name, text };
    }
    return undefined;
  }

  /**
   * Files the result of a job.
   *
   * @param place `done` or `failed`
   */
  async finish(index, name, place, result) {
    // In this order: a worker that is killed in between has its job done twice. In the other order it would be lost.
    await this.#publish(place, name, result);
    await rm(this.#path('busy', index, name), { force: true });
  }

  /** The names of the jobs in a place, oldest first. */
  async names(...place) {
    return (await readdir(this.#path(...place))).sort();
  }

  /** The results in a place. */
  async results(place) {
    const names = await this.names(place);
    return Promise.all(names.map(async (name) => JSON.parse(await readFile(this.#path(place, name), 'utf8'))));
  }

  /** The file is written elsewhere, and then appears at its place complete. */
  async #publish(place, name, content) {
    const draft = this.#path('tmp', `${name}.${process.pid}`);
    await writeFile(draft, JSON.stringify(content));
    await rename(draft, this.#path(place, name));
  }

  #path(...names) {
    return join(this.#directory, ...names.map(String));
  }
}

/** The outcome, or undefined if the file is gone because another process was faster. */
async function unlessGone(operation) {
  try {
    return await operation;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
