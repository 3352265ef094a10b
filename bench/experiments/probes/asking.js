import { once } from 'node:events';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';

/**
 * Sends one request over a new connection.
 *
 * @returns {Promise<{ code: number | string, body: string, ms: number }>} `code`: the status, or the code of the error
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

/** Sends a request every `interval` milliseconds, even while others are pending. `take` returns the new answers. */
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

/** Groups equal answers in a row: "refused ×12", "503 the swarm is booting ×90", "200 ×40". */
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
