'use strict';
// Finds the file descriptors that this process inherited. Node marks all descriptors close-on-exec, inherited or not.

const { readdirSync, readlinkSync } = require('node:fs');

/** Returns the inherited descriptors: stdio, sockets of systemd, an IPC channel, a lock file, … */
function inherited() {
  const kept = new Set([0, 1, 2, ...socketsOfSystemd()]);
  if (process.channel) kept.add(process.channel.fd);
  const pipes = new Map();
  for (const { fd, target } of opened()) {
    if (/^pipe:/.test(target)) pipes.set(target, (pipes.get(target) || []).concat(fd));
    // Other sockets belong to preloads, and descriptors without a path (such as epoll) to Node.
    else if (target[0] === '/') kept.add(fd);
  }
  // Node has both ends of the pipes that it created.
  pipes.forEach((ends) => {
    if (ends.length === 1) kept.add(ends[0]);
  });
  return [...kept];
}

/** Returns the descriptors of sd_listen_fds(3). */
function socketsOfSystemd() {
  const isOurs = process.env.LISTEN_PID === String(process.pid);
  return Array.from({ length: isOurs ? Number(process.env.LISTEN_FDS) || 0 : 0 }, (_, index) => 3 + index);
}

function opened() {
  try {
    return readdirSync('/proc/self/fd').map((fd) => ({ fd: Number(fd), target: targetOf(fd) }));
  } catch (_) {
    return [];
  }
}

function targetOf(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch (_) {
    // The descriptor that listed the directory is already closed.
    return '';
  }
}

module.exports = { inherited };
