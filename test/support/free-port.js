import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port that nothing listens on now, on any address. Another process may take it at any moment.
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
