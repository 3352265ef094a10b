import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Assignment } from '../protocol/assignment.ts';

/** Any client of the inspector can run code here. */
const HOST = '127.0.0.1';

/**
 * Lets a debugger in. If the port is taken, the worker goes on without: the worker that it replaces may still have it.
 */
export async function openInspector(port: number, { slot }: Pick<Assignment, 'slot'>): Promise<void> {
  try {
    await probe(port);
    // Loaded only here, because it costs memory.
    const inspector = await import('node:inspector');
    inspector.open(port, HOST);
    // Otherwise Node's exit, and so the stop, would wait for the debugger to let go.
    process.once('exit', () => inspector.close());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? `port ${port} is taken` : message;
    console.error(`swarm: worker ${slot} runs without an inspector: ${why}`);
  }
}

/** Node does not throw if the port is taken: it complains on stderr, and believes that the inspector is open. */
async function probe(port: number): Promise<void> {
  const server = createServer().listen({ port, host: HOST, exclusive: true });
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
