import { randomBytes } from 'node:crypto';
import { Server } from 'node:tls';
import { Observation } from '../../node/observation.ts';

/** Length that Node requires, in bytes. */
const TICKET_KEYS = 48;

/**
 * Finds TLS servers that are created from now on. Each has keys for the tickets with which clients resume sessions. All
 * copies of this process would use the same keys.
 */
export class TlsServers {
  readonly #observation = new Observation();
  readonly #servers = new Set<WeakRef<Server>>();
  /** Servers whose keys the application has set. */
  readonly #keyed = new WeakSet<object>();

  constructor() {
    // Each constructor calls this method, and it sets the server's keys.
    this.#observation.observe(Server.prototype, 'setSecureContext', (proceed, server) => {
      const result = proceed();
      this.#keyed.delete(server as Server);
      this.#servers.add(new WeakRef(server as Server));
      return result;
    });
    this.#observation.observe(Server.prototype, 'setTicketKeys', (proceed, server) => {
      const result = proceed();
      this.#keyed.add(server as Server);
      return result;
    });
  }

  /** @returns a function to call in each copy */
  end(): () => void {
    this.#observation.end();
    return () => {
      for (const reference of this.#servers) {
        const server = reference.deref() as (Server & { ticketKeys?: unknown }) | undefined;
        if (server && !server.ticketKeys && !this.#keyed.has(server)) server.setTicketKeys(randomBytes(TICKET_KEYS));
      }
    };
  }
}
