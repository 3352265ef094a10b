import { readFileSync } from 'node:fs';

/** A TCP or UDP socket of this network namespace. */
export interface InternetSocket {
  readonly inode: string;
  readonly localPort: number;
  /** 0: it is not connected. */
  readonly remotePort: number;
  /** Always false for UDP. */
  readonly isListening: boolean;
}

export interface UnixSocket {
  readonly inode: string;
  /** "@" stands for the zero byte of an abstract name; undefined: the socket has no name. */
  readonly path: string | undefined;
  readonly isListening: boolean;
}

const LISTENING = '0A';

/** __SO_ACCEPTCON */
const ACCEPTS_CONNECTIONS = '00010000';

/** @throws ENOENT, EACCES: this process may not read the table */
export function internetSockets(protocol: 'tcp' | 'udp'): InternetSocket[] {
  return [...rowsOf(protocol), ...rowsOfIPv6(`${protocol}6`)].map((row) => {
    const [, local = '', remote = '', state, , , , , , inode = ''] = row;
    return { inode, localPort: portOf(local), remotePort: portOf(remote), isListening: state === LISTENING };
  });
}

/**
 * Listening sockets, and their connections: these have the same path.
 *
 * @throws ENOENT, EACCES: this process may not read the table
 */
export function unixSockets(): UnixSocket[] {
  return rowsOf('unix').map(([, , , flags, , , inode = '', path]) => {
    return { inode, path, isListening: flags === ACCEPTS_CONNECTIONS };
  });
}

/** A row for each line, the heading left out. */
function rowsOf(table: string): string[][] {
  const [, ...lines] = readFileSync(`/proc/self/net/${table}`, 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.trim().split(/\s+/));
}

/** Empty for a kernel without IPv6. */
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
