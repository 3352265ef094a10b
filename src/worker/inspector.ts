import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Assignment } from '../protocol/assignment.ts';

/** Local only, because any client of the inspector can run code in this process. */
const HOST = '127.0.0.1';

/**
 * Opens the inspector. If the port is taken, perhaps by the worker that this one replaces, the worker runs without an
 * inspector.
 */
export async function openInspector(port: number, { slot }: Pick<Assignment, 'slot'>): Promise<void> {
  try {
    await probe(port);
    // Imported only when needed, because it costs memory.
    const inspector = await import('node:inspector');
    inspector.open(port, HOST);
    // Otherwise Node would not exit until the debugger disconnects, and the stop would hang.
    process.once('exit', () => inspector.close());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? `port ${port} is taken` : message;
    console.error(`swarm: worker ${slot} runs without an inspector: ${why}`);
  }
}

/** If the port is taken, Node does not throw: it writes to stderr and treats the inspector as open. */
async function probe(port: number): Promise<void> {
  const server = createServer().listen({ port, host: HOST, exclusive: true });
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
