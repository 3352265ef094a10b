// An idle worker. While the file `broken` is there it fails to load; on WINCH its job goes mad and writes to its descriptors.
import { existsSync } from 'node:fs';
import { forge } from './forge.mjs';

if (existsSync(new URL('./broken', import.meta.url))) throw new Error(`broken on purpose, ${process.hrtime.bigint()}`);

process.on('SIGWINCH', forge);
process.once('SIGTERM', () => clearInterval(alive));
const alive = setInterval(() => {}, 60_000);
