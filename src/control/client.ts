import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { basename, join } from 'node:path';
import { isAnswered, socketDirectories } from './socket.ts';
import type { Status, Summary } from './status.ts';

/** Time limit for an answer, in milliseconds. A swarm that misses it has a blocked event loop or is suspended. */
const TIMEOUT = 10_000;

/** No swarm listens on the socket, or it gave no usable answer. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** The swarm refused the order. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** Finds the sockets of this user's running swarms, by pid. */
export async function findSwarms(): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const directory of socketDirectories()) {
    for (const name of await namesIn(directory)) {
      const path = join(directory, name);
      if (/^\d+\.sock$/.test(name) && (await isAnswered(path))) found.set(Number(basename(name, '.sock')), path);
    }
  }
  return found;
}

/** @throws NoAnswerError, also when the signal aborts the request */
export async function askStatus(path: string, signal?: AbortSignal): Promise<Status> {
  return JSON.parse(bodyOf(await exchange(path, 'GET', '/status', signal))) as Status;
}

/** Fetches the summary. It costs the swarm almost nothing, so it is safe to poll. @throws NoAnswerError */
export async function askSummary(path: string): Promise<Summary> {
  const answer = await exchange(path, 'GET', '/summary');
  // The running swarm can be an older version than these files, without /summary.
  return answer.status === 404 ? askStatus(path) : (JSON.parse(bodyOf(answer)) as Summary);
}

/** Asks whether all wanted workers are ready. @throws NoAnswerError */
export async function askReadiness(path: string): Promise<{ ready: boolean; message: string }> {
  const { status, body } = await exchange(path, 'GET', '/readyz');
  return { ready: status === 200, message: body.trim() };
}

/** @throws NoAnswerError */
export async function order(path: string, what: 'quiet' | 'stop' | 'restart'): Promise<void> {
  await ask(path, 'POST', `/${what}`);
}

/**
 * @param count `4`, `+2` or `-1`
 * @returns the new number of workers
 * @throws NoAnswerError, RefusedError
 */
export async function orderScale(path: string, count: string): Promise<number> {
  const answer = await exchange(path, 'POST', `/scale/${count}`);
  const { status, body } = answer;
  if (status === 400 || status === 409) throw new RefusedError((JSON.parse(body) as { error: string }).error);
  return (JSON.parse(bodyOf(answer)) as { count: number }).count;
}

async function ask(socketPath: string, method: string, path: string): Promise<string> {
  return bodyOf(await exchange(socketPath, method, path));
}

interface Answer {
  status: number;
  body: string;
}

/** @throws NoAnswerError if the answer is an error */
function bodyOf({ status, body }: Answer): string {
  if (status < 300) return body;
  throw new NoAnswerError(body.trim() || `status ${status}`);
}

function exchange(socketPath: string, method: string, path: string, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new NoAnswerError(reason));
    const options = { socketPath, method, path, signal, timeout: TIMEOUT, agent: false };
    const question = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('error', ({ message }) => fail(message));
      response.on('end', () => resolve({ status: response.statusCode ?? 500, body }));
    });
    question.on('timeout', () => question.destroy(new Error(`no answer within ${TIMEOUT / 1000} s`)));
    question.on('error', ({ message }) => fail(message));
    question.end();
  });
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch {
    // No swarm has ever run here.
    return [];
  }
}
