// The command line of the simulator: npm run dyno -- --type standard-1x examples/spool
import { Dyno } from './dyno.js';
import { readOptions, USAGE } from './options.js';

const MB = 1024 ** 2;
/** Milliseconds after which another Ctrl-C counts as a second one. */
const PAUSE = 1000;

const options = readOrExit();
const dyno = makeOrExit();
let interruptedAt;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
// Nobody reads the output any more: the terminal was closed, or `| head` has ended.
process.stdout.on('error', () => dyno.destroy());

try {
  await Promise.all([print(), dyno.start()]);
  process.exitCode = (await dyno.exited).status;
} catch (error) {
  fail(error);
}

function interrupt() {
  const at = performance.now();
  interruptedAt ??= at;
  // npm forwards a signal that the terminal has already sent to this process.
  void (at - interruptedAt < PAUSE ? dyno.stop() : dyno.destroy());
}

async function print() {
  for await (const line of dyno.log) console.log(dyno.log.format(line));
  const { quota, peak, secondsOver } = dyno.memory();
  const over = secondsOver > 0 ? `, above that for ${secondsOver.toFixed(1)} s` : '';
  console.error(`Memory: ${Math.round(peak / MB)} MB at most, of ${quota / MB} MB${over}.`);
}

function readOrExit() {
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

function makeOrExit() {
  try {
    return new Dyno(options);
  } catch (error) {
    fail(error);
    process.exit();
  }
}

function fail(error) {
  console.error(error.message);
  process.exitCode = 1;
}
