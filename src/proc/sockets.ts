import { readFileSync } from 'node:fs';

/** A TCP or UDP socket of this network namespace. */
export interface InternetSocket {
  readonly inode: string;
  readonly localPort: number;
  /** 0 if it is not connected. */
  readonly remotePort: number;
  /** Always false for UDP. */
  readonly isListening: boolean;
}

export interface UnixSocket {
  readonly inode: string;
  /** Undefined if the socket has no name. An abstract name has "@" in place of its zero byte. */
  readonly path: string | undefined;
  readonly isListening: boolean;
}

const LISTENING = '0A';

/** __SO_ACCEPTCON */
const ACCEPTS_CONNECTIONS = '00010000';

/** @throws ENOENT, EACCES if this process may not read the table */
export function internetSockets(protocol: 'tcp' | 'udp'): InternetSocket[] {
  return [...rowsOf(protocol), ...rowsOfIPv6(`${protocol}6`)].map((row) => {
    const [, local = '', remote = '', state, , , , , , inode = ''] = row;
    return { inode, localPort: portOf(local), remotePort: portOf(remote), isListening: state === LISTENING };
  });
}

/**
 * Returns all Unix sockets. A connection has the path of the listening socket.
 *
 * @throws ENOENT, EACCES if this process may not read the table
 */
export function unixSockets(): UnixSocket[] {
  return rowsOf('unix').map(([, , , flags, , , inode = '', path]) => {
    return { inode, path, isListening: flags === ACCEPTS_CONNECTIONS };
  });
}

/** Reads the rows of a table, without its heading. */
function rowsOf(table: string): string[][] {
  const [, ...lines] = readFileSync(`/proc/self/net/${table}`, 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.trim().split(/\s+/));
}

/** Returns no rows if the kernel has no IPv6. */
function rowsOfIPv6(table: string): string[][] {
  try {
    return rowsOf(table);
  } catch {
    return [];
  }
}

/** "0100007F:1F90" is 127.0.0.1, port 8080. */
function portOf(address: string): number {
  return Number.parseInt(address.slice(address.indexOf(':') + 1), 16);
}
