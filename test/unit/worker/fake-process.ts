import { type MockInstance, onTestFinished, vi } from 'vitest';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGTSTP', 'SIGUSR1', 'SIGUSR2', 'SIGTTIN'] as const;
type Signal = (typeof SIGNALS)[number];

/** All events that a worker listens to. */
const EVENTS = ['SIGHUP', 'newListener', 'removeListener', 'beforeExit', ...SIGNALS] as const;

type Listener = (...args: unknown[]) => void;

export interface FakeProcess {
  readonly exit: MockInstance<typeof process.exit>;
  readonly kill: MockInstance<typeof process.kill>;
  readonly console: MockInstance<typeof console.error>;
  /** Resolves when the process would exit: after a second, because the event loop of the tests never runs empty. */
  readonly exited: Promise<void>;
  /** Returns the number of listeners added to the signal since the test began. */
  listeners(signal: Signal): number;
  /** Emits the signal. */
  signal(signal: Signal): void;
}

/** Lets a test use this process as a worker: it does not exit, and is restored after the test. */
export function fakeProcess(): FakeProcess {
  const { argv, title, emit } = process;
  const env = { ...process.env };
  type Event = (typeof EVENTS)[number];
  const listenersOf = (event: Event): Listener[] => process.listeners(event as Signal) as Listener[];
  const before = new Map(EVENTS.map((event) => [event, listenersOf(event)]));
  const added = (event: Event) => listenersOf(event).filter((each) => !before.get(event)?.includes(each));

  let leave = () => {};
  const exited = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => leave() as never);
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  const error = vi.spyOn(console, 'error').mockReturnValue();

  onTestFinished(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
    process.emit = emit;
    for (const event of EVENTS) for (const listener of added(event)) process.off(event, listener);
    process.argv = argv;
    process.title = title;
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
    Object.assign(process.env, env);
  });
  return {
    exit,
    kill,
    console: error,
    exited,
    listeners: (signal) => added(signal).length,
    signal: (signal) => void process.emit(signal, signal),
  };
}
