import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The directory of the queue, unless SPOOL names another. */
export const SPOOL = process.env.SPOOL || join(import.meta.dirname, 'spool');

/**
 * A queue in a directory, without a server. Any number of processes on one machine can use it concurrently.
 *
 *     tmp/            files that are still being written
 *     new/            waiting jobs
 *     busy/<index>/   current jobs of the worker with this index
 *     done/ failed/   results
 *
 * A job is a file, and moves by rename(2), which is atomic. So no process ever reads half a file, a job that several
 * workers claim goes to exactly one of them, and no job is lost when a process is killed: each is done at least once,
 * and has one result.
 */
export class Queue {
  #directory;

  constructor(directory = SPOOL) {
    this.#directory = directory;
  }

  /** Creates missing directories. */
  async open() {
    for (const place of ['tmp', 'new', 'busy', 'done', 'failed']) await mkdir(this.#path(place), { recursive: true });
  }

  async add(job) {
    // Names sort by age. The random part distinguishes jobs added in the same millisecond.
    await this.#publish('new', `${Date.now()}-${randomUUID()}.json`, job);
  }

  /**
   * Puts back the jobs that an earlier worker with this index left unfinished. Call it before the first claim.
   *
   * The earlier worker is usually dead: swarm does not give one index to two workers for long. If it still lives (it
   * grew too large, and stops when this one is ready), its job is done twice, and the second result replaces the first.
   * It is worse to lose a job than to do it twice.
   */
  async putBack(index) {
    await mkdir(this.#path('busy', index), { recursive: true });
    for (const name of await this.names('busy', index)) {
      await unlessGone(rename(this.#path('busy', index, name), this.#path('new', name)));
    }
  }

  /** Takes the oldest waiting job, if there is one. */
  async claim(index) {
    for (const name of await this.names('new')) {
      const inHand = this.#path('busy', index, name);
      await unlessGone(rename(this.#path('new', name), inHand));
      const text = await unlessGone(readFile(inHand, 'utf8'));
      // If it is gone, another worker was faster: try the next job.
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
    // In this order, the job of a worker killed in between is done twice. In the other order it would be lost.
    await this.#publish(place, name, result);
    await rm(this.#path('busy', index, name), { force: true });
  }

  /** The names of the jobs in a directory, oldest first. */
  async names(...place) {
    return (await readdir(this.#path(...place))).sort();
  }

  /** The results in a directory. */
  async results(place) {
    const names = await this.names(place);
    return Promise.all(names.map(async (name) => JSON.parse(await readFile(this.#path(place, name), 'utf8'))));
  }

  /** Writes a file elsewhere, then moves it to its place when it is complete. */
  async #publish(place, name, content) {
    const draft = this.#path('tmp', `${name}.${process.pid}`);
    await writeFile(draft, JSON.stringify(content));
    await rename(draft, this.#path(place, name));
  }

  #path(...names) {
    return join(this.#directory, ...names.map(String));
  }
}

/** The result of an operation; undefined if the file is gone because another process was faster. */
async function unlessGone(operation) {
  try {
    return await operation;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
