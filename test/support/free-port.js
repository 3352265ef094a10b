import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Finds a port on which no process listens now, on any address. Another process can take it at any moment.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  const server = createServer();
  await once(server.listen(0), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}
