import type { Logger } from '../log/logger.ts';
import { loadNative, type Native } from '../native/binding.ts';
import type { Fleet } from '../supervisor/fleet.ts';
import { messagesFor, NOTHING_TOLD } from './systemd-messages.ts';

/** What a service of Type=notify finds in its environment. */
export interface Invitation {
  /** NOTIFY_SOCKET: a path, or "@" and a name that is in no file system. */
  readonly address: string;
  /** The watchdog interval in milliseconds; 0: there is no watchdog. */
  readonly watchdog: number;
}

/** Takes it out of the environment: what this process starts must not answer in its place. */
export function takeInvitation(environment: NodeJS.ProcessEnv, pid: number): Invitation | undefined {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC: microseconds = '', WATCHDOG_PID: watched } = environment;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  if (!address) return undefined;
  const isWatched = /^[1-9]\d*$/.test(microseconds) && (!watched || watched === String(pid));
  return { address, watchdog: isWatched ? Number(microseconds) / 1000 : 0 };
}

/** The one to tell, where this is a service of Type=notify and can speak to it. Takes the invitation. */
export function openSystemd(environment: NodeJS.ProcessEnv, logger: Logger): Systemd | undefined {
  const invitation = takeInvitation(environment, process.pid);
  if (!invitation) return undefined;
  try {
    return new Systemd(invitation, logger, loadNative());
  } catch (error) {
    const message =
      `NOTIFY_SOCKET has no effect: ${(error as Error).message}, and Node alone cannot send to it. ` +
      'In the unit, use Type=exec and no WatchdogSec=, or systemd will end a service of which it hears nothing';
    logger.write({ level: 'warn', event: 'systemd', fields: { variable: 'NOTIFY_SOCKET' }, message });
    return undefined;
  }
}

/** A datagram that found the queue of its reader full is sent again after this. Milliseconds. */
const RETRY_AFTER = 1000;
/** setInterval's longest. */
const LONGEST_INTERVAL = 2 ** 31 - 1;

/** Tells systemd the state of the swarm. A failure to do so changes nothing else. */
export class Systemd {
  readonly #address: string;
  readonly #native: Pick<Native, 'notify'>;
  readonly #logger: Logger;
  /** Not sent yet, in order: a full queue must not cost a READY=1. */
  readonly #unsent: string[] = [];
  #retry: NodeJS.Timeout | undefined;
  #told = NOTHING_TOLD;
  #complained = false;

  constructor({ address, watchdog }: Invitation, logger: Logger, native: Pick<Native, 'notify'>) {
    this.#address = address;
    this.#native = native;
    this.#logger = logger;
    if (watchdog > 0) this.#watch(watchdog);
  }

  /** The fleet has changed. */
  observe(fleet: Fleet): void {
    // Node's clock is CLOCK_MONOTONIC, as systemd's is.
    const { told, messages } = messagesFor(this.#told, fleet, process.hrtime.bigint() / 1000n);
    this.#told = told;
    for (const message of messages) this.#say(message);
  }

  /** On the supervisor's own loop: when that hangs, systemd hears nothing. */
  #watch(milliseconds: number): void {
    const wellness = () => {
      // It is worth nothing later.
      if (this.#unsent.length === 0) this.#trySending('WATCHDOG=1');
    };
    setInterval(wellness, Math.min(LONGEST_INTERVAL, milliseconds / 2)).unref();
  }

  #say(message: string): void {
    // The unsent status is out of date by now.
    if (this.#unsent.at(-1)?.startsWith('STATUS=')) this.#unsent.pop();
    this.#unsent.push(message);
    this.#flush();
  }

  #flush(): void {
    while (this.#unsent[0] !== undefined && this.#trySending(this.#unsent[0])) this.#unsent.shift();
    if (this.#unsent.length === 0) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#flush(), RETRY_AFTER).unref();
  }

  /** @returns whether it is done with; if not, it may get through later */
  #trySending(message: string): boolean {
    try {
      this.#native.notify(this.#address, message);
      this.#complained = false;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
      this.#complain(error as Error);
    }
    return true;
  }

  #complain({ message }: Error): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#logger.write({
      level: 'warn',
      event: 'systemd',
      fields: { socket: this.#address },
      message: `${message}: swarm cannot report its state to systemd (NOTIFY_SOCKET), and goes on`,
    });
  }
}
