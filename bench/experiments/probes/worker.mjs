// Is ready after BOOT_MS. With BUSY it uses a core; with SERVE it answers on PORT. Crashes if the file BROKEN exists.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const { BOOT_MS = '0', BUSY, SERVE, BROKEN, PORT } = process.env;
/** Milliseconds for which a turn of a busy event loop blocks. */
const TURN = 50;

export default async function ({ quietSignal, stopSignal }) {
  await sleep(Number(BOOT_MS));
  if (existsSync(BROKEN)) setTimeout(() => process.exit(1), 5);
  if (SERVE) createServer((_request, response) => response.end('answer')).listen(PORT);
  const work = setInterval(BUSY ? compute : () => {}, BUSY ? 1 : 60_000);
  // Its current job takes another half second.
  const end = () => setTimeout(() => clearInterval(work), 500);
  for (const signal of [quietSignal, stopSignal]) signal.addEventListener('abort', end, { once: true });
}

function compute() {
  const end = performance.now() + TURN;
  while (performance.now() < end);
}
