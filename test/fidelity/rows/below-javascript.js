// What Node itself may not exercise: threads and kernel objects of native packages. These rows need the probe. They run
// in the child and in the mold.
import assert from 'node:assert/strict';
import { readFileSync, readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadProbe } from '../probe/index.js';
import { Absent } from './absent.js';

/** As in objects.c. */
const [SEMAPHORE, EVENT, EVENT_NONBLOCKING, EVENT_OF_LIBUV, TIMER, TIMER_OF_LIBUV, EPOLL, PIPE] = [
  0, 1, 2, 3, 4, 5, 6, 7,
];

export const belowJavascript = Object.fromEntries(
  Object.entries({
    'C threads that keep their state and can be joined': {
      mold: (probe) => probe.startKeepers(12),
      run(probe, count) {
        for (let number = 0; number < count; number++) {
          assert.equal(probe.keeperFaults(number), 0, 'see the bits in probe/keepers.c');
        }
        assert.equal(probe.joinKeepers(), 0);
      },
    },

    'sched_getcpu, which returns the current CPU': {
      mold() {},
      run: (probe) => assert.equal(probe.processorFaults(), 0),
    },

    'threads that start while others are stopped': {
      mold: (probe) => probe.startBirths(4),
      async run(probe, chains) {
        for (let chain = 0; chain < chains; chain++) {
          const before = probe.births(chain);
          while (probe.births(chain) === before) await sleep(1);
        }
        probe.stopBirths();
      },
    },

    'threads in malloc, fopen and opendir': {
      env: { MALLOC_ARENA_MAX: '1' },
      mold: (probe) => probe.startHammers(4),
      async run(probe, count) {
        for (let number = 0; number < count; number++) {
          const before = probe.hammerBlows(number);
          while (probe.hammerBlows(number) === before) await sleep(1);
        }
        probe.stopHammers();
      },
    },

    'locks that record their owner and are held at the fork': {
      mold: (probe) => assert.equal(probe.startHolder(), 0),
      run: (probe) => assert.equal(probe.stopHolder(), 0, 'an errno'),
    },

    'data that looks like a lock': {
      mold: (probe) => assert.equal(probe.startHolder(), 0),
      run(probe) {
        assert.equal(probe.lookalikesChanged(), 0);
        assert.equal(probe.stopHolder(), 0, 'an errno');
      },
    },

    'a lock held by a thread that sleeps now and then': {
      mold: (probe) => assert.equal(probe.startPacer(), 0),
      run: (probe) => assert.equal(probe.stopPacer(), 0, 'the errno of the unlock'),
    },

    'a lock that a thread waits for with a timeout': {
      mold: (probe) => queueUp(probe, 0),
      run: (probe) => assert.equal(probe.stopQueue(), 0, 'an errno'),
    },

    'a lock that a thread waited for with a timeout': {
      mold: (probe) => queueUp(probe, 1),
      run: (probe) => assert.equal(probe.stopQueue(), 0, 'an errno'),
    },

    'mappings of every kind': {
      mold: (probe) => assert.ok(probe.makeMappings() >= 0, 'an errno'),
      run: (probe) => assert.equal(probe.mappingFaults(), 0, 'one bit per mapping, see probe/objects.c'),
    },

    'descriptors that keep their flags': {
      mold(probe) {
        const kinds = [SEMAPHORE, EVENT, EVENT_NONBLOCKING, EVENT_OF_LIBUV, TIMER, TIMER_OF_LIBUV, EPOLL, PIPE];
        const all = kinds.flatMap((kind) => ends(probe.makeObject(kind)));
        all.push(...all.map((fd) => probe.duplicate(fd)));
        return all.map((fd) => ({ fd, noted: description(fd) }));
      },
      run(_, all) {
        for (const { fd, noted } of all) assert.deepEqual(description(fd), noted);
      },
    },

    'eventfds and pipes of its own': {
      mold(probe) {
        const [reader, writer] = ends(probe.makeObject(PIPE));
        const event = probe.makeObject(EVENT);
        return { semaphore: probe.makeObject(SEMAPHORE), event, copy: probe.duplicate(event), reader, writer };
      },
      run(_, { semaphore, event, copy, reader, writer }) {
        // If they were shared, the other process would miss what this one reads, and wait forever.
        for (let times = 0; times < 3; times++) assert.equal(count(semaphore), 1n);
        assert.equal(count(event), 5n);
        writeSync(copy, Buffer.from(BigUint64Array.of(9n).buffer));
        assert.equal(count(event), 9n);
        const text = Buffer.alloc(100);
        assert.equal(text.toString('latin1', 0, readSync(reader, text)), 'in the pipe');
        writeSync(writer, 'more');
        assert.equal(text.toString('latin1', 0, readSync(reader, text)), 'more');
      },
    },
  }).map(([name, row]) => [name, withProbe(row)]),
);

function withProbe({ mold, run, ...rest }) {
  return {
    ...rest,
    async mold() {
      const probe = loadProbe();
      return probe && { probe, prepared: await mold(probe) };
    },
    async run(given) {
      if (!given) throw new Absent('the probe is not built: it needs make, a C compiler and node_modules');
      await run(given.probe, given.prepared);
    },
  };
}

/** Starts the queue, and waits until the second thread is asleep in the kernel. */
async function queueUp(probe, isKept) {
  const waiter = probe.startQueue(isKept);
  assert.ok(waiter > 0, 'an errno');
  while (!/\) S /.test(readFileSync(`/proc/self/task/${waiter}/stat`, 'latin1'))) await sleep(1);
}

/** Splits a number from objects.c, which may stand for two descriptors. */
function ends(made) {
  assert.ok(made > 2);
  return made < 1000 ? [made] : [made % 1000, Math.floor(made / 1000)];
}

/** Returns the fdinfo of a descriptor without fields that change by themselves. */
function description(fd) {
  const lines = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').split('\n');
  return lines
    .filter((line) => !/^(pos|mnt_id|ino|it_value|eventfd-id):/.test(line))
    .map((line) => line.replace(/ ino:.*/, ''));
}

function count(fd) {
  const value = Buffer.alloc(8);
  readSync(fd, value);
  return value.readBigUInt64LE();
}
