import { writeSync } from 'node:fs';
import { BLOCKED, type StatusLink } from '../protocol/channel.ts';

const STDERR = 2;

/**
 * Creates the status link of a worker without a supervisor. It reacts to messages as the supervisor would: it enforces
 * the deadline of a stop, and prints why the application failed to start.
 *
 * @param timeout time from TERM until the process must exit, in milliseconds
 */
export function inlineLink(timeout: number): StatusLink {
  return {
    send(message) {
      if (message.type === 'failed') console.error(message.failure.stack);
      if (message.type === 'stopping' && message.limited) {
        setTimeout(() => {
          console.error(`swarm: did not stop within ${timeout / 1000} s of TERM (SWARM_TIMEOUT)`);
          process.exit(1);
        }, timeout).unref();
      }
    },
    sendNow(message) {
      if (message.type !== 'snapshot') return;
      const stack = message.stack === '' ? '' : `; running ${message.stack}`;
      writeSync(STDERR, `swarm: ${message.snapshot}${stack}\n`);
    },
    blocked: () => ({ fd: STDERR, text: `swarm: ${BLOCKED}; running %\n` }),
    onSupervisorGone() {},
  };
}
