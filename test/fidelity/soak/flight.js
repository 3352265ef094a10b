import { Requests } from './requests.js';

/**
 * At the fork, all threads of the pool are working, in malloc, getaddrinfo and OpenSSL. They share one arena, so a
 * thread that needs memory while they are parked finds the arena locked. Each request must complete exactly once in
 * each process.
 */
export const env = { UV_THREADPOOL_SIZE: '8', MALLOC_ARENA_MAX: '1' };

export function start({ random }) {
  const requests = new Requests();
  return {
    async step() {
      requests.start(40);
      for (let turns = Math.floor(random() * 4); turns > 0; turns--)
        await new Promise((resolve) => setImmediate(resolve));
    },
    child: () => requests.completed(),
    check: () => requests.completed(),
  };
}
