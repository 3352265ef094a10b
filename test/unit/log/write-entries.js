/**
 * Writes log entries with the built logger, reports on stderr whether it can exit, and exits. Its argument, in JSON,
 * has the entries, how many times to write each, the logger's options, and whether to treat stdout as a terminal. It
 * waits for the end of stdin before it writes.
 */
import { spawnSync } from 'node:child_process';
import { openLogger } from '../../../dist/log/logger.js';
import { Output } from '../../../dist/log/output.js';

const { entries, times, tty, ...options } = JSON.parse(process.argv[2]);
if (tty) process.stdout.isTTY = true;

const output = new Output(1);
const logger = await openLogger(options, output);
for await (const _ of process.stdin);
// As when the supervisor starts a worker: this makes the descriptors that both share blocking.
spawnSync('true', { stdio: 'inherit' });
for (const entry of entries) for (let time = 0; time < times; time += 1) logger.write(entry);
const canExit = await output.close();
console.error(canExit ? 'closed' : 'stuck');
if (!canExit) process.kill(process.pid, 'SIGKILL');
process.exit(0);
