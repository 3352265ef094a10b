import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Returns the pids of the processes that hold the other end of a loopback connection: several if they inherited it.
 *
 * @param {import('node:net').Socket} socket
 */
export function peersOf({ remotePort, localPort }) {
  const [from, to] = [remotePort, localPort].map((port) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`);
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  const inode = rows.find(([, local, remote]) => local?.endsWith(from) && remote?.endsWith(to))?.[9];
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && has(pid, `socket:[${inode}]`))
    .map(Number);
}

function has(pid, link) {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((descriptor) => targetOf(`/proc/${pid}/fd/${descriptor}`) === link);
  } catch {
    // The process has ended or belongs to another user.
    return false;
  }
}

function targetOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
