import { once } from 'node:events';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';

/**
 * One request, over a connection of its own.
 *
 * @returns {Promise<{ code: number | string, body: string, ms: number }>} `code`: of the answer, or of the error
 */
export async function ask(port, path) {
  const begun = performance.now();
  const answer = (code, body) => ({ code, body, ms: performance.now() - begun });
  try {
    const [response] = await once(get({ host: '127.0.0.1', port, path, agent: false }), 'response');
    return answer(response.statusCode, (await text(response)).trim());
  } catch ({ code }) {
    return answer(code === 'ECONNREFUSED' ? 'refused' : code, '');
  }
}

/** Asks every `interval` milliseconds, whether or not the last answer has come. `take` returns the answers so far, once. */
export function poll(port, path, interval = 10) {
  let answers = [];
  const timer = setInterval(async () => {
    const answer = await ask(port, path);
    answers.push(answer);
  }, interval);
  return {
    take() {
      const taken = answers;
      answers = [];
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}

/** "refused ×12", "503 the swarm is booting ×90", "200 ×40": equal answers in a row. */
export function runs(answers) {
  const found = [];
  for (const { code, body } of answers) {
    const what = code === 200 || body === '' ? String(code) : `${code} ${body}`;
    if (found.at(-1)?.what === what) found.at(-1).times += 1;
    else found.push({ what, times: 1 });
  }
  return found.map(({ what, times }) => `${what} ×${times}`);
}

export function quantile(numbers, part) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
