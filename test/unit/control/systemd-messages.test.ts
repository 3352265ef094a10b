import { describe, expect, test } from 'vitest';
import { messagesFor, NOTHING_TOLD } from '../../../src/control/systemd-messages.ts';
import type { Event } from '../../../src/supervisor/events.ts';
import { MB, Simulation } from '../supervisor/simulation.ts';

const RELOAD: Event = { type: 'rollout', by: 'SIGHUP' };
const STOP: Event = { type: 'stop', by: 'SIGTERM' };
const QUIET: Event = { type: 'quiet', by: 'SIGTSTP' };

/** A simulated swarm that records the messages to systemd after each event, as the supervisor sends them. */
class Told extends Simulation {
  #told = NOTHING_TOLD;
  readonly messages: string[] = [];

  override event(event: Event) {
    const actions = super.event(event);
    const { told, messages } = messagesFor(this.#told, this.fleet, BigInt(this.now) * 1000n);
    this.#told = told;
    this.messages.push(...messages);
    return actions;
  }

  /** Returns the messages since the last call, without the lines that extend the timeout. */
  news(): string[][] {
    return this.messages.splice(0).map((message) => message.split('\n').filter((line) => !line.startsWith('EXTEND_')));
  }
}

test('READY is sent when the last worker has been ready for a second, and STATUS whenever it changes', () => {
  const swarm = new Told({ count: 2 });
  swarm.event({ type: 'boot' });
  swarm.becomeReady(1);
  swarm.tell(1, { type: 'heartbeat', busy: '', delay: 0, active: 0 });
  expect(swarm.news()).toEqual([['STATUS=0 of 2 workers are ready'], ['STATUS=1 of 2 workers are ready']]);
  swarm.becomeReady(2);
  swarm.pass(999);
  expect(swarm.news()).toEqual([['STATUS=2 of 2 workers are ready']]);
  swarm.pass(1);
  expect(swarm.news()).toEqual([['READY=1', 'STATUS=2 of 2 workers are ready']]);
  swarm.exit(1, { code: 3 });
  swarm.becomeReady(3);
  expect(swarm.news()).toEqual([['STATUS=1 of 2 workers are ready'], ['STATUS=2 of 2 workers are ready']]);
});

test('READY is not sent while a worker that was ready is dead', () => {
  const swarm = new Told({ count: 2 });
  swarm.event({ type: 'boot' });
  swarm.becomeReady(1);
  swarm.exit(1, { code: 3 });
  swarm.becomeReady(2);
  expect(swarm.messages.join()).not.toContain('READY=1');
  swarm.comeUp(3);
  expect(swarm.news().at(-1)).toEqual(['READY=1', 'STATUS=2 of 2 workers are ready']);
});

test('the replacement of the only worker changes nothing', () => {
  const swarm = new Told({ count: 1, maxMemory: 100 * MB }).boot() as Told;
  expect(swarm.news().at(-1)).toEqual(['READY=1', 'STATUS=1 of 1 worker is ready']);
  swarm.measure([200]);
  swarm.comeUp(2);
  swarm.exit(1);
  expect(swarm.news()).toEqual([]);
});

describe('a rolling restart', () => {
  test('is RELOADING from its start until the last worker is renewed', () => {
    const swarm = new Told({ count: 2 }).boot() as Told;
    swarm.news();
    swarm.event(RELOAD);
    expect(swarm.news()).toEqual([
      ['RELOADING=1', 'MONOTONIC_USEC=2000000', 'STATUS=generation 2 is being prepared: 2 of 2 workers are ready'],
    ]);
    swarm.event({ type: 'prepared', generation: 2, preloaded: undefined });
    expect(swarm.news()).toEqual([['STATUS=generation 2 is on trial: 2 of 2 workers are ready']]);
    swarm.comeUp(3);
    swarm.exit(1);
    expect(swarm.news()).toEqual([['STATUS=generation 2 takes over: 1 of 2 workers renewed']]);
    swarm.comeUp(4);
    swarm.exit(2);
    expect(swarm.news()).toEqual([
      ['STATUS=generation 2 takes over: 2 of 2 workers renewed'],
      ['READY=1', 'STATUS=generation 2: 2 of 2 workers are ready'],
    ]);
  });

  test('that fails ends with READY, and STATUS says so until the next one', () => {
    const swarm = new Told({ count: 1 }).boot() as Told;
    swarm.event(RELOAD);
    swarm.news();
    swarm.event({ type: 'unprepared', generation: 2, reason: 'no', failure: undefined, fault: 'code' });
    const failed = 'STATUS=generation 2 failed, see the log: 1 of 1 worker is ready';
    expect(swarm.news()).toEqual([['READY=1', failed]]);
    swarm.event(RELOAD);
    swarm.event({ type: 'prepared', generation: 3, preloaded: undefined });
    swarm.comeUp(2);
    swarm.exit(1);
    expect(swarm.news().at(-1)).toEqual(['READY=1', 'STATUS=generation 3: 1 of 1 worker is ready']);
  });

  test('requested during another is reported when it begins, for a HUP that arrived late', () => {
    const swarm = new Told({ count: 1 }).boot() as Told;
    swarm.event(RELOAD);
    swarm.event(RELOAD);
    swarm.news();
    swarm.now += 7;
    swarm.event({ type: 'unprepared', generation: 2, reason: 'no', failure: undefined, fault: 'code' });
    expect(swarm.news()).toEqual([
      ['RELOADING=1', 'MONOTONIC_USEC=2007000', 'STATUS=generation 3 is being prepared: 1 of 1 worker is ready'],
    ]);
  });

  test('that ended between two observations is reported from start to end', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    const { told } = messagesFor(NOTHING_TOLD, swarm.fleet, 1n);
    swarm.event(RELOAD);
    swarm.event({ type: 'unprepared', generation: 2, reason: 'no', failure: undefined, fault: 'code' });
    const { messages } = messagesFor(told, swarm.fleet, 2n);
    expect(messages.map((message) => message.split('\n')[0])).toEqual(['RELOADING=1', 'READY=1']);
  });

  test('before the first READY is not reported as RELOADING', () => {
    const swarm = new Told({ count: 1 });
    swarm.event({ type: 'boot' });
    swarm.event(RELOAD);
    swarm.comeUp(1);
    expect(swarm.messages.join()).not.toMatch(/READY=1|RELOADING=1/);
    swarm.event({ type: 'unprepared', generation: 2, reason: 'no', failure: undefined, fault: 'code' });
    expect(swarm.news().at(-1)).toEqual(['READY=1', 'STATUS=generation 2 failed, see the log: 1 of 1 worker is ready']);
    expect(swarm.messages.join()).not.toContain('RELOADING=1');
  });

  test.each([
    ['quiet', QUIET, ['READY=1', 'STATUS=quiet: 1 worker left, and no more will start']],
    ['a stop', STOP, ['STOPPING=1', 'STATUS=stopping: 1 worker left']],
  ])('ends with %s', (_what, event, message) => {
    const swarm = new Told({ count: 1 }).boot() as Told;
    swarm.event(RELOAD);
    swarm.news();
    swarm.event(event);
    expect(swarm.news()).toEqual([message]);
  });
});

test('a quiet swarm reports how many workers are left', () => {
  const swarm = new Told({ count: 2 }).boot() as Told;
  swarm.news();
  swarm.event(QUIET);
  swarm.exit(1);
  swarm.exit(2);
  expect(swarm.news()).toEqual([
    ['STATUS=quiet: 2 workers left, and no more will start'],
    ['STATUS=quiet: 1 worker left, and no more will start'],
    ['STATUS=quiet: all workers have exited; restart the service'],
  ]);
});

test('a swarm quieted during the boot is READY when its last starting worker is proven', () => {
  const swarm = new Told({ count: 3 });
  swarm.event({ type: 'boot' });
  swarm.becomeReady(1);
  swarm.event(QUIET);
  swarm.exit(2, { code: 1 });
  expect(swarm.messages.join()).not.toContain('READY=1');
  swarm.comeUp(3);
  expect(swarm.news().at(-1)).toEqual(['READY=1', 'STATUS=quiet: 2 workers left, and no more will start']);
});

test('STOPPING is sent once, and STATUS counts the workers left', () => {
  const swarm = new Told({ count: 2 }).boot() as Told;
  swarm.news();
  swarm.event(STOP);
  swarm.event(STOP);
  swarm.exit(1);
  swarm.exit(2);
  expect(swarm.news()).toEqual([
    ['STOPPING=1', 'STATUS=stopping: 2 workers left'],
    ['STATUS=stopping: 1 worker left'],
    ['STATUS=stopped'],
  ]);
});

test('a swarm that cannot boot says so, and is never READY', () => {
  const swarm = new Told({ count: 1 });
  swarm.event({ type: 'boot' });
  swarm.exit(1, { code: 1 });
  expect(swarm.messages.join()).not.toContain('READY=1');
  expect(swarm.news().at(-1)).toEqual(['STOPPING=1', 'STATUS=stopped, because no worker could boot: see the log']);
});

test('so does a swarm whose first generation cannot be prepared', () => {
  const swarm = new Told();
  swarm.bootsAtOnce = false;
  swarm.event({ type: 'boot' });
  swarm.event({ type: 'unprepared', generation: 1, reason: 'no', failure: undefined, fault: 'code' });
  swarm.event({ type: 'refused' });
  expect(swarm.news().at(-1)).toEqual(['STOPPING=1', 'STATUS=stopped, because no worker could boot: see the log']);
});

test("systemd's timeout is extended to that of swarm plus 5 s", () => {
  const swarm = new Told({ count: 1, bootTimeout: 100_000, timeout: 200_000 });
  const patience = () => swarm.messages.splice(0).map((message) => /EXTEND_TIMEOUT_USEC=(\d+)/.exec(message)?.[1]);
  swarm.event({ type: 'boot' });
  expect(patience()).toEqual(['105000000']);
  swarm.comeUp(1);
  expect(patience()).toEqual(['105000000', undefined]);
  swarm.event(RELOAD);
  expect(patience()).toEqual(['305000000']);
  swarm.event(STOP);
  expect(patience()).toEqual(['205000000']);
});
