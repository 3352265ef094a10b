// Measures swarm against node:cluster, worker_threads, throng and PM2. README.md says what and how.
import { mkdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CONTENDERS } from './contenders/index.js';
import { describeMachine } from './machine.js';
import { measureEndurance } from './measure/endurance.js';
import { measureCores, measureMany } from './measure/round.js';
import { ContenderFailed, Session } from './measure/session.js';
import { readOptions, USAGE } from './options.js';
import { makePlace } from './place.js';
import { MEASURES, show } from './report/measures.js';
import { picture } from './report/picture.js';
import { summarize } from './report/summary.js';
import { table } from './report/table.js';

const options = optionsOrExit();
const { workers, rounds, long } = options;
const place = makePlace(options.node, options.flags);
const machine = describeMachine(place.node);
/** The results of all sessions, by contender. */
const figures = Object.fromEntries(options.contenders.map((key) => [key, []]));
/** The reasons why contenders cannot be measured, by contender. */
const failures = {};

/** The running session. */
let current;
process.on('exit', () => current?.kill());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

console.error(`Node ${machine.node}, ${machine.cores} cores, ${workers} workers: ${options.contenders.join(', ')}`);
// The first session would read every file from disk. And a contender that cannot run fails here, not in an hour.
await each('trial run', 1, async (session) => ({ trial: await session.stop() }));
for (let round = 1; round <= rounds; round += 1) {
  await each(`round ${round} of ${rounds}, ${workers} workers`, workers, measureMany, round);
  await each(`round ${round} of ${rounds}, ${machine.cores} workers`, machine.cores, measureCores, round);
}
if (long > 0) await each(`${long} minutes of load`, workers, measureEndurance);
report();

/** Runs one contender after another. Each round begins with another one, so that a busy hour affects all alike. */
async function each(name, count, measure, round = 0) {
  const { contenders } = options;
  const first = round % contenders.length;
  for (const key of [...contenders.slice(first), ...contenders.slice(0, first)]) {
    if (failures[key]) continue;
    const title = `${name}: ${CONTENDERS[key].name}`;
    try {
      current = new Session(CONTENDERS[key], count, place);
      await current.start();
      const found = await measure(current, options);
      figures[key].push({ name, ...found });
      console.error(`${title}: ${inWords(found)}`);
    } catch (error) {
      if (!(error instanceof ContenderFailed)) throw error;
      failures[key] = { message: error.message, output: error.output };
      console.error(`${title} ${error.message}, and is left out. Its last output:\n${error.output}`);
    } finally {
      await current.destroy();
    }
  }
}

function inWords(found) {
  const measured = MEASURES.filter(({ name }) => found[name] !== undefined);
  return measured.map(({ name, unit }) => `${name} ${show(found[name], unit)}`).join(', ') || 'runs';
}

function report() {
  const { contenders: _order, node: _path, help: _help, publish, ...parameters } = options;
  const result = { machine, parameters, contenders: summarize(figures, failures) };
  console.log(`\n${table(result)}\n`);
  const directory = fileURLToPath(new URL(publish ? '.' : './results/', import.meta.url));
  const name = publish
    ? 'result'
    : `${machine.date.replaceAll(/\W/g, '-')}-node-${parseInt(machine.node.slice(1), 10)}`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}${name}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(`${directory}${name}.svg`, picture(result));
  console.log(`${directory}${name}.json and .svg`);
  process.exitCode = Object.keys(failures).length > 0 ? 1 : 0;
}

function optionsOrExit() {
  try {
    const read = readOptions(process.argv.slice(2));
    if (!read.help) return read;
    console.log(USAGE);
    process.exit();
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(64);
  }
}
