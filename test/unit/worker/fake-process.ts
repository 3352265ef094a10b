import { type MockInstance, onTestFinished, vi } from 'vitest';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGTSTP', 'SIGUSR1', 'SIGUSR2', 'SIGTTIN'] as const;
type Signal = (typeof SIGNALS)[number];

export interface FakeProcess {
  readonly exit: MockInstance<typeof process.exit>;
  readonly kill: MockInstance<typeof process.kill>;
  readonly console: MockInstance<typeof console.error>;
  /** Resolves when the process would have exited. */
  readonly exited: Promise<void>;
  /** How many listeners the signal has that were not there before the test. */
  listeners(signal: Signal): number;
  /** Lets the listeners see the signal. */
  signal(signal: Signal): void;
}

/** Lets a test take this process for a worker's: it does not exit, and is as it was afterwards. */
export function fakeProcess(): FakeProcess {
  const { argv, title } = process;
  const env = { ...process.env };
  const before = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]));
  const added = (signal: Signal) => process.listeners(signal).filter((each) => !before.get(signal)?.includes(each));

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
    for (const signal of SIGNALS) for (const listener of added(signal)) process.off(signal, listener);
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
    signal: (signal) => {
      for (const listener of added(signal)) (listener as (signal: Signal) => void)(signal);
    },
  };
}
