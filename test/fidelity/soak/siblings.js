// Like swarm's mold: forks siblings, which become children of its own parent, prints their pids, and exits.
import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { loadNative } from '../../../dist/native/binding.js';

const native = loadNative();
await promisify(pbkdf2)('password', 'salt', 1, 32, 'sha256');
const pids = [];
for (let number = 0; number < 2 && !pids.includes(0); number++) pids.push(native.fork(true));
if (pids.includes(0)) {
  await promisify(pbkdf2)('password', 'salt', 1, 32, 'sha256');
  process.exitCode = 7;
} else {
  console.log(JSON.stringify(pids));
}
