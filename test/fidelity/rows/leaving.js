// Exits: the exit status, the 'exit' event, and everything printed, on a pipe and in a file.
import { setTimeout as sleep } from 'node:timers/promises';
import { ownPid } from './parts/own-pid.js';

const LINE = 'a line that is printed many times\n';
// More than a pipe holds, so it must be written while the event loop runs.
const MUCH = LINE.repeat(30_000);
// Fits into a pipe. In any Node, more would be lost if the process does not wait for it.
const LITTLE = LINE.repeat(1000);
const FIRST = 'the mold has used its stdout before\n';

const WAYS = {
  'natural exit': {
    async run() {
      print(MUCH);
      process.exitCode = 5;
      await sleep(5);
      console.log('a promise');
      setTimeout(() => console.log('a timer'), 5);
    },
    ends: { code: 5, prints: `${FIRST}${MUCH}a promise\na timer\nexit event 5\n` },
  },
  'process.exit': {
    async run() {
      setInterval(() => {}, 1000);
      await sleep(5);
      print(LITTLE);
      process.exit(7);
    },
    ends: { code: 7, prints: `${FIRST}${LITTLE}exit event 7\n` },
  },
  'uncaught exception': {
    run() {
      setInterval(() => {}, 1000);
      print(LITTLE);
      setTimeout(() => {
        throw new Error('thrown on purpose');
      }, 5);
    },
    ends: { code: 1, prints: `${FIRST}${LITTLE}exit event 1\n`, complains: 'thrown on purpose' },
  },
  'unhandled rejection': {
    run() {
      setInterval(() => {}, 1000);
      print(LITTLE);
      void Promise.reject(new Error('rejected on purpose'));
    },
    ends: { code: 1, prints: `${FIRST}${LITTLE}exit event 1\n`, complains: 'rejected on purpose' },
  },
  'death by SIGTERM': {
    run() {
      setInterval(() => {}, 1000);
      print(LITTLE);
      process.kill(ownPid(), 'SIGTERM');
    },
    ends: { code: null, signal: 'SIGTERM', prints: `${FIRST}${LITTLE}` },
  },
};

function print(text) {
  process.on('exit', (code) => console.log(`exit event ${code}`));
  process.stdout.write(text);
}

export const leaving = Object.fromEntries(
  Object.entries(WAYS).flatMap(([way, row]) =>
    ['pipe', 'file'].map((stdout) => [
      `${way}, stdout is a ${stdout}`,
      { ...row, stdout, mold: () => process.stdout.write(FIRST) },
    ]),
  ),
);
