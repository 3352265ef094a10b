import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** The mold constantly starts and ends worker threads: at the fork, some are starting and some are exiting. */
export function start({ random }) {
  let going = true;
  const loops = Array.from({ length: 3 }, async (_, number) => {
    while (going) {
      const worker = new Worker(number === 0 ? '' : 'setInterval(() => {}, 1000)', { eval: true });
      const exit = once(worker, 'exit');
      if (number === 1) await sleep(random() * 30);
      else await once(worker, 'online');
      if (number > 0) await worker.terminate();
      await exit;
    }
  });
  const end = async () => {
    going = false;
    await Promise.all(loops);
  };
  return { step: () => sleep(random() * 8), child: end, end };
}
