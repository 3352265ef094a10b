import { readdirSync, readFileSync } from 'node:fs';

/** A variable in the environment of the command, which all its descendants inherit. */
export const MARK = 'BENCH_MARK';

/** Milliseconds in a unit of CPU time in /proc: a hundredth of a second on every Linux. */
const TICK = 10;

/**
 * All living descendants of a command: processes with its mark, even if they were reparented, and children of these,
 * even if they cleared their environment.
 */
export function processesMarked(mark) {
  const parents = new Map(allProcesses().map((pid) => [pid, Number(statOf(pid)[1])]));
  const found = new Set([...parents.keys()].filter((pid) => hasMark(pid, mark)));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  return [...found].filter(isAlive);
}

/** A zombie is dead, even before it is reaped. */
export function isAlive(pid) {
  return /^[^ZX]/.test(statOf(pid)[0] ?? 'X');
}

/** Kills all processes of a command. Synchronous, so that it can run on exit. */
export function killMarked(mark) {
  // Repeat, because a supervisor can have started another worker in the meantime.
  for (let left = processesMarked(mark); left.length > 0; left = processesMarked(mark)) {
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
  }
}

/** The CPU time of these processes so far, in milliseconds. */
export function cpuTimeOf(pids) {
  const ticks = pids.map((pid) => statOf(pid)).map((stat) => Number(stat[11] ?? 0) + Number(stat[12] ?? 0));
  return ticks.reduce((sum, count) => sum + count * TICK, 0);
}

function allProcesses() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/**
 * The fields of stat (proc(5)) from the third on: state, parent, …; none if the process has ended. The second is the
 * name, which can contain any character.
 */
function statOf(pid) {
  const stat = readProc(pid, 'stat');
  return stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function hasMark(pid, mark) {
  return readProc(pid, 'environ').split('\0').includes(`${MARK}=${mark}`);
}

/** A file of a process; empty if the process has ended or belongs to another user. */
export function readProc(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}
