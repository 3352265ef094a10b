// Measures how many rounds of jobs V8 needs to compile their code, to choose how long a mold warms up
// (src/mold/warm-up/heat.ts):
//
//     node --max-semi-space-size=4 --no-flush-bytecode --v8-pool-size=1 bench/experiments/heat.js [rounds]
//
// with the flags of a mold. A round is a job of each kind. Prints for every tenth round the average CPU time of a round
// since the last line, in milliseconds, and the growth of all compiled code since then, in percent.
import { getHeapCodeStatistics } from 'node:v8';
import { warmUp } from '../app/warm.js';

const WINDOW = 10;
const rounds = Number(process.argv[2] ?? 100);

let before = { code: codeSize(), cpu: process.cpuUsage() };
for (let round = 1; round <= rounds; round += 1) {
  await warmUp(round);
  if (round % WINDOW !== 0) continue;
  const { user, system } = process.cpuUsage(before.cpu);
  const code = codeSize();
  const growth = 100 * (code / before.code - 1);
  console.log(
    `round ${round}: ${((user + system) / 1000 / WINDOW).toFixed(1)} ms, code ${(code / 1024).toFixed(0)} KB (+${growth.toFixed(1)} %)`,
  );
  before = { code, cpu: process.cpuUsage() };
}

function codeSize() {
  return getHeapCodeStatistics().code_and_metadata_size;
}
