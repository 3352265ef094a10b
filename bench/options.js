import { parseArgs } from 'node:util';
import { CONTENDERS } from './contenders/index.js';

/** Options with a number: default, minimum, description. */
const NUMBERS = {
  workers: [8, 1, 'workers of each contender'],
  rounds: [3, 1, 'number of times to measure each contender; the result is the median'],
  settle: [15, 0, 'seconds of rest before the idle memory is measured; V8 collects garbage after eight'],
  warmup: [5, 0, 'seconds of load before jobs are counted'],
  load: [15, 1, 'seconds in which jobs are counted'],
  kills: [5, 0, 'workers to kill in each round, one after another'],
  long: [1, 0, 'minutes of load before the memory after many full collections is measured; 0 skips it'],
};
/** Options that must be whole numbers. */
const WHOLE = ['workers', 'rounds', 'kills'];

const CHOICE = Object.keys(CONTENDERS).join(',');

export const USAGE = `usage: node bench/run.js [options]

${Object.entries(NUMBERS)
  .map(([name, [value, , text]]) => `  ${`--${name} <n>`.padEnd(16)} ${text} (${value})`)
  .join('\n')}
  --only <list>    contenders, of ${CHOICE}; all are compared with cluster
  --node <binary>  the Node to measure with (this one)
  --flags=<flags>  NODE_OPTIONS for all contenders, such as --max-old-space-size=256 (none)
  --publish        write bench/result.json and bench/result.svg, which the README shows`;

/** Parses the command line. @throws TypeError with a sentence for the user */
export function readOptions(args) {
  const text = (value) => ({ type: 'string', default: value });
  const numbers = Object.entries(NUMBERS).map(([name, [value]]) => [name, text(String(value))]);
  const { values } = parseArgs({
    args,
    options: {
      ...Object.fromEntries(numbers),
      only: text(CHOICE),
      node: text(process.execPath),
      flags: text(''),
      publish: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const contenders = values.only.split(',');
  const unknown = contenders.find((name) => !CONTENDERS[name]);
  if (unknown !== undefined) throw new TypeError(`--only ${unknown}: the contenders are ${CHOICE}`);
  for (const name of Object.keys(NUMBERS)) values[name] = numberOf(name, values[name]);
  return { ...values, contenders };
}

function numberOf(name, text) {
  const [, least] = NUMBERS[name];
  const value = Number(text);
  const whole = WHOLE.includes(name);
  if (text.trim() !== '' && value >= least && value < Infinity && (!whole || Number.isInteger(value))) return value;
  throw new TypeError(`--${name} ${text}: give a ${whole ? 'whole ' : ''}number of at least ${least}`);
}
