import { constants } from 'node:os';
import type { InterruptListener, Native, SocketFamily } from './native.ts';

/** The addon's exports. A negative result is an errno. */
export interface Addon {
  fork(sibling: boolean): number | [errno: number, doing: string];
  holdSignals(signals: Int32Array): number;
  releaseSignals(): number;
  reap(pid: number, ending: Int32Array): number;
  childState(pid: number): number;
  reapOrphans(kept: Int32Array): number;
  adoptOrphans(): number;
  pid(): number;
  parentDeathSignal(signal: number, parent: number): number;
  parentDeathDeadline(parent: number, milliseconds: number): number;
  ringsAreRenewable(): boolean;
  forbidRings(): number;
  openSocket(family: number, reusePort: boolean): number;
  bindSocket(fd: number, address: string, port: number, v6Only: boolean): number;
  bindPath(fd: number, path: string): number;
  addressOf(fd: number): string | number;
  hasFile(fd: number): number;
  duplicate(fd: number): number;
  openPipe(ends: Int32Array): number;
  openChannel(messages: boolean, ends: Int32Array): number;
  sendMessage(channel: number, text: string, descriptor: number): number;
  receiveMessage(channel: number, descriptor: Int32Array): string | number;
  moveDescriptor(from: number, to: number): number;
  notify(address: string, text: string): number;
  onInterrupt(signal: number, listener: InterruptListener, fd: number, text: string, own: string): number;
  collect(): number;
  trim(): void;
  fillHoles(): void;
  trimAfterCollections(): number;
  onHeapLimit(fd: number, line: string): number;
  exitWithoutTeardown(patience: number): number;
  noteExitStatus(status: number): void;
  renewGenerators(): boolean;
  exit(code: number): never;
  readonly unforkable?: string;
}

/** The addon's number for each family. */
const FAMILIES: Readonly<Record<SocketFamily, number>> = { IPv4: 4, IPv6: 6, Unix: 0 };

/** Wraps the addon: throws its errors, and replaces numbers with names. */
export function marshal(addon: Addon): Native {
  return {
    fork(sibling) {
      const result = addon.fork(sibling);
      if (typeof result === 'number') return result;
      const [errno, doing] = result;
      return check(errno, doing);
    },
    holdSignals: (signals) => void check(addon.holdSignals(numbers(signals)), 'holding signals'),
    releaseSignals: () => void check(addon.releaseSignals(), 'releasing signals'),
    reap(pid) {
      const ending = new Int32Array(2);
      if (check(addon.reap(pid, ending), `reaping process ${pid}`) === 0) return undefined;
      const [code = -1, signal = -1] = ending;
      return signal < 0 ? { code, signal: null } : { code: null, signal: signalName(signal) };
    },
    childState(pid) {
      const state = addon.childState(pid);
      if (state === -constants.errno.ECHILD) return undefined;
      return check(state, `checking process ${pid}`) === 0 ? 'running' : 'ended';
    },
    reapOrphans: (kept) => check(addon.reapOrphans(Int32Array.from(kept)), 'reaping orphans'),
    adoptOrphans: () => void check(addon.adoptOrphans(), 'adopting orphans'),
    pid: () => addon.pid(),
    parentDeathSignal(signal, parent) {
      check(addon.parentDeathSignal(constants.signals[signal], parent), 'setting the parent-death signal');
    },
    parentDeathDeadline(parent, milliseconds) {
      check(addon.parentDeathDeadline(parent, Math.ceil(milliseconds)), 'watching the parent');
    },
    ringsAreRenewable: () => addon.ringsAreRenewable(),
    forbidRings: () => void check(addon.forbidRings(), 'forbidding io_uring'),
    openSocket(family, reusePort = false) {
      return check(addon.openSocket(FAMILIES[family], reusePort), `opening a socket for ${family}`);
    },
    bindSocket(fd, address, port, v6Only) {
      return check(addon.bindSocket(fd, address, port, v6Only), `binding a socket to ${address} port ${port}`) === 0;
    },
    bindPath: (fd, path) => check(addon.bindPath(fd, path), `binding a socket to ${path}`) === 0,
    addressOf(fd) {
      const address = addon.addressOf(fd);
      if (typeof address === 'string') return address;
      check(address, `reading the address of descriptor ${fd}`);
      return undefined;
    },
    hasFile: (fd) => check(addon.hasFile(fd), 'reading the path of a socket') === 1,
    duplicate: (fd) => check(addon.duplicate(fd), `duplicating descriptor ${fd}`),
    openPipe() {
      const ends = new Int32Array(2);
      check(addon.openPipe(ends), 'opening a pipe');
      const [readEnd = -1, writeEnd = -1] = ends;
      return { readEnd, writeEnd };
    },
    openChannel(kind) {
      const ends = new Int32Array(2);
      check(addon.openChannel(kind === 'messages', ends), 'opening a channel');
      const [one = -1, other = -1] = ends;
      return [one, other];
    },
    sendMessage(channel, text, descriptor) {
      check(addon.sendMessage(channel, text, descriptor), 'sending a message');
    },
    receiveMessage(channel) {
      const came = new Int32Array(1);
      const text = addon.receiveMessage(channel, came);
      if (typeof text === 'number') {
        check(text, 'receiving a message');
        return undefined;
      }
      const [descriptor = -1] = came;
      return { text, descriptor: descriptor < 0 ? undefined : descriptor };
    },
    moveDescriptor: (from, to) => void check(addon.moveDescriptor(from, to), `moving descriptor ${from}`),
    notify: (address, text) => void check(addon.notify(address, text), `sending a datagram to ${address}`),
    onInterrupt(signal, listener, { fd, text, own }) {
      check(addon.onInterrupt(constants.signals[signal], listener, fd, text, own), 'setting up interrupts');
    },
    collect: () => void check(addon.collect(), 'collecting garbage'),
    trim: () => addon.trim(),
    fillHoles: () => addon.fillHoles(),
    trimAfterCollections: () => void check(addon.trimAfterCollections(), 'watching for collections'),
    onHeapLimit: (fd, line) => void check(addon.onHeapLimit(fd, line), 'watching the heap limit'),
    exitWithoutTeardown: (patience) => void check(addon.exitWithoutTeardown(patience), 'taking over the exit'),
    noteExitStatus: (status) => addon.noteExitStatus(status),
    renewGenerators: () => addon.renewGenerators(),
    exit: (code) => addon.exit(code),
  };
}

function check(result: number, doing: string): number {
  if (result >= 0) return result;
  const code = nameIn(constants.errno, -result) ?? `errno ${-result}`;
  throw Object.assign(new Error(`${doing} (${code})`), { code, errno: result });
}

function numbers(signals: readonly NodeJS.Signals[]): Int32Array {
  return Int32Array.from(signals, (signal) => constants.signals[signal]);
}

function signalName(signal: number): NodeJS.Signals {
  // Real-time signals have no names in Node.
  return (nameIn(constants.signals, signal) ?? `SIG${signal}`) as NodeJS.Signals;
}

function nameIn(table: Readonly<Record<string, number>>, value: number): string | undefined {
  return Object.keys(table).find((name) => table[name] === value);
}
