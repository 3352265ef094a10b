import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Assignment } from '../protocol/assignment.ts';

/** Who can reach it can run anything here. */
const HOST = '127.0.0.1';

/**
 * Lets a debugger in. Where the port is taken, as it is while the worker of which this one takes the place is still there,
 * the worker goes on without.
 */
export async function openInspector(port: number, { slot }: Pick<Assignment, 'slot'>): Promise<void> {
  try {
    await probe(port);
    // It costs memory, which is for those to pay who use it.
    const inspector = await import('node:inspector');
    inspector.open(port, HOST);
    // Node would wait at its exit until the debugger has let go, and with it the stop.
    process.once('exit', () => inspector.close());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? `port ${port} is taken` : message;
    console.error(`swarm: worker ${slot} goes on without an inspector: ${why}`);
  }
}

/** Node does not throw where it cannot have the port, but complains on stderr and believes that it is open. */
async function probe(port: number): Promise<void> {
  const server = createServer().listen({ port, host: HOST, exclusive: true });
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
