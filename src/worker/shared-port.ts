import { lookup } from 'node:dns';
import { type ListenOptions, Server } from 'node:net';
import type { Native } from '../native/binding.ts';
import type { InheritedPort } from '../protocol/assignment.ts';
import { type Wanted, wantedPort } from './listen-arguments.ts';
import { registerUnasked } from './registry.ts';
import { SharedSockets } from './shared-sockets.ts';

/** All its overloads are one here. */
type Listen = (this: Server, ...args: unknown[]) => Server;

/**
 * From here on listen() on PORT uses what all workers have in common. It looks to the application as it does in Node:
 * address(), the events, their order, and the errors are the same. Whoever asks for something else gets Node's own. Who
 * takes requests that anybody could take is drained, so that they are answered when it stops.
 *
 * @param onListening the first server on PORT listens
 */
export function sharePort(port: InheritedPort, native: Native | undefined, onListening: () => void): void {
  const plain = Server.prototype.listen as Listen;
  const share = native ? listenOnSockets(plain, new SharedSockets(native, port)) : listenBeside(plain);
  let isKnown = false;
  const known = () => {
    if (!isKnown) onListening();
    isKnown = true;
  };
  Server.prototype.listen = function listen(this: Server, ...args: unknown[]): Server {
    const wanted = wantedPort(args);
    const isShared = wanted?.port === port.number && !isForItself(wanted.options) && !this.listening;
    if (!isShared) return plain.apply(this, args);
    registerUnasked(this);
    // Once, however often it is tried.
    this.off('listening', known).once('listening', known);
    return share(this, wanted);
  } as Server['listen'];
}

interface SharingOptions extends ListenOptions {
  /** From Node 22.12 and 23.1 on. */
  reusePort?: boolean;
}

function isForItself({ exclusive, reusePort }: SharingOptions): boolean {
  return exclusive === true || reusePort === true;
}

type Share = (server: Server, wanted: Wanted) => Server;

/** With the addon: one socket for all workers. */
function listenOnSockets(plain: Listen, sockets: SharedSockets): Share {
  const listen = (server: Server, { options, backlog }: Wanted, address: string | undefined): void => {
    const taken = sockets.take(server, address, options.ipv6Only === true);
    if (!taken) {
      plain.call(server, { ...options, host: address, backlog });
    } else if ('error' in taken) {
      process.nextTick(() => server.emit('error', taken.error));
    } else {
      plain.call(server, { fd: taken.fd, signal: options.signal }, backlog);
    }
  };
  return (server, wanted) => {
    const { host } = wanted.options;
    if (wanted.callback) server.once('listening', wanted.callback);
    if (host) whenResolved(server, host, (address) => listen(server, wanted, address));
    else listen(server, wanted, undefined);
    return server;
  };
}

/** Unless the server is closed meanwhile, or listens elsewhere. */
function whenResolved(server: Server, host: string, then: (address: string) => void): void {
  let isClosed = false;
  const onClose = (): void => {
    isClosed = true;
  };
  server.once('close', onClose);
  lookup(host, (error, address) => {
    server.off('close', onClose);
    if (isClosed || server.listening) return;
    if (error) server.emit('error', error);
    else then(address);
  });
}

/** Without the addon: a socket for each worker, where Node and the kernel can. What waits in it when it is closed is lost. */
function listenBeside(plain: Listen): Share {
  const reuse = canReusePorts() && { reusePort: true };
  return (server, { options, backlog, callback }) => plain.call(server, { ...options, ...reuse, backlog }, callback);
}

export function canReusePorts(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return process.platform === 'linux' && (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12));
}
