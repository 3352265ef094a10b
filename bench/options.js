import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { CONTENDERS } from './contenders/index.js';

/** The options that take a number, with their defaults, and what they are. */
const NUMBERS = {
  workers: [8, 'workers of each contender'],
  rounds: [3, 'times that each contender is measured; the result is the median'],
  settle: [5, 'seconds of rest before the idle memory is looked at'],
  warmup: [5, 'seconds of load before jobs are counted'],
  load: [15, 'seconds in which jobs are counted'],
  kills: [5, 'workers that are killed, one after the other, in each round'],
  long: [1, 'minutes of load for the memory after many full collections; 0 leaves it out'],
};

export const USAGE = `usage: node bench/run.js [options]

${Object.entries(NUMBERS)
  .map(([name, [value, text]]) => `  --${`${name} <n>`.padEnd(14)} ${text} (${value})`)
  .join('\n')}
  --only <list>    of ${Object.keys(CONTENDERS).join(', ')}; node:cluster is what the others are compared with
  --node <binary>  the Node to measure with (this one)
  --publish        write bench/result.json and bench/result.svg, which the README shows`;

/** What the command line asks for. @throws TypeError with a sentence for the user */
export function readOptions(args) {
  const numbers = Object.entries(NUMBERS).map(([name, [value]]) => [name, { type: 'string', default: String(value) }]);
  const { values } = parseArgs({
    args,
    options: {
      ...Object.fromEntries(numbers),
      only: { type: 'string', default: Object.keys(CONTENDERS).join() },
      node: { type: 'string', default: process.execPath },
      publish: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { only, node, publish, help } = values;
  const options = Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, numberOf(name, values[name])]));
  const names = only.split(',');
  for (const name of names) {
    if (!CONTENDERS[name]) throw new TypeError(`--only: there is no contender ${name}, but ${Object.keys(CONTENDERS)}`);
  }
  return { ...options, cores: availableParallelism(), contenders: names, node, publish, help };
}

function numberOf(name, text) {
  const value = Number(text);
  const whole = name === 'workers' || name === 'rounds' || name === 'kills';
  const least = name === 'workers' || name === 'rounds' ? 1 : 0;
  if (text.trim() !== '' && value >= least && value < Infinity && (!whole || Number.isInteger(value))) return value;
  throw new TypeError(`--${name} ${text}: give ${whole ? 'a whole number' : 'a number'} of at least ${least}`);
}
