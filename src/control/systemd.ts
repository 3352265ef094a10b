import type { Logger } from '../log/logger.ts';
import { loadNative, type Native } from '../native/binding.ts';
import type { Fleet } from '../supervisor/fleet.ts';
import { messagesFor, NOTHING_TOLD } from './systemd-messages.ts';

/** What systemd passes to a service of Type=notify in its environment. */
export interface Invitation {
  /** NOTIFY_SOCKET: a path, or "@" and an abstract socket name. */
  readonly address: string;
  /** The watchdog interval in milliseconds; 0 if there is no watchdog. */
  readonly watchdog: number;
}

/** Removes the invitation from the environment, so that child processes cannot notify systemd in swarm's place. */
export function takeInvitation(environment: NodeJS.ProcessEnv, pid: number): Invitation | undefined {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC: microseconds = '', WATCHDOG_PID: watched } = environment;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  if (!address) return undefined;
  const isWatched = /^[1-9]\d*$/.test(microseconds) && (!watched || watched === String(pid));
  return { address, watchdog: isWatched ? Number(microseconds) / 1000 : 0 };
}

/** Takes the invitation. Returns undefined if this is not a service of Type=notify, or the addon is missing. */
export function openSystemd(environment: NodeJS.ProcessEnv, logger: Logger): Systemd | undefined {
  const invitation = takeInvitation(environment, process.pid);
  if (!invitation) return undefined;
  try {
    return new Systemd(invitation, logger, loadNative());
  } catch (error) {
    const message =
      `NOTIFY_SOCKET has no effect: ${(error as Error).message}, and Node cannot send to it without the addon. ` +
      'In the unit, use Type=exec and no WatchdogSec=, or systemd will end the service for lack of a notification';
    logger.write({ level: 'warn', event: 'systemd', fields: { variable: 'NOTIFY_SOCKET' }, message });
    return undefined;
  }
}

/** Delay before a datagram is sent again if the receiver's queue was full. Milliseconds. */
const RETRY_AFTER = 1000;
/** Maximum interval of setInterval(). */
const LONGEST_INTERVAL = 2 ** 31 - 1;

/** Reports the state of the swarm to systemd. A failure to do so has no other effect. */
export class Systemd {
  readonly #address: string;
  readonly #native: Pick<Native, 'notify'>;
  readonly #logger: Logger;
  /** Messages still to be sent, in order, so that a full queue cannot lose a READY=1. */
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

  /** Reports what has changed in the fleet. */
  observe(fleet: Fleet): void {
    // Node and systemd both use CLOCK_MONOTONIC.
    const { told, messages } = messagesFor(this.#told, fleet, process.hrtime.bigint() / 1000n);
    this.#told = told;
    for (const message of messages) this.#say(message);
  }

  /** Pings the watchdog from the supervisor's event loop, so that the pings stop when that hangs. */
  #watch(milliseconds: number): void {
    const wellness = () => {
      // Not queued: a late ping is worthless.
      if (this.#unsent.length === 0) this.#trySending('WATCHDOG=1');
    };
    setInterval(wellness, Math.min(LONGEST_INTERVAL, milliseconds / 2)).unref();
  }

  #say(message: string): void {
    // An unsent status is out of date.
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

  /** @returns whether the message was sent or failed for good; false if it is worth a retry */
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
      message: `${message}: swarm cannot report its state to systemd (NOTIFY_SOCKET), but keeps running`,
    });
  }
}
