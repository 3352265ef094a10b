// An idle worker. It fails to load while the file `broken` exists. On WINCH it begins to forge messages.
import { existsSync } from 'node:fs';
import { forge } from './forge.mjs';

if (existsSync(new URL('./broken', import.meta.url))) throw new Error(`broken on purpose, ${process.hrtime.bigint()}`);

process.on('SIGWINCH', forge);
process.once('SIGTERM', () => clearInterval(alive));
const alive = setInterval(() => {}, 60_000);
