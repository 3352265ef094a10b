import { connect } from 'node:net';
import { threadId } from 'node:worker_threads';
import { readMessages, writeMessage } from './messages.js';

/**
 * Announces this worker to the bench, and serves its requests one at a time, over a Unix socket, which works for all
 * contenders.
 *
 * @param commands functions by name of the request; each can return an answer
 */
export function openLink(commands) {
  const socket = connect(process.env.BENCH_SOCKET);
  let closing = false;

  // "close" follows every error.
  socket.on('error', () => {});
  socket.on('close', () => {
    // The bench died, so end everything that it started.
    const starter = threadId > 0 ? process.pid : process.ppid;
    if (!closing && starter > 1) process.kill(starter, 'SIGTERM');
  });
  readMessages(socket, async ({ command, ...options }) => {
    writeMessage(socket, (await commands[command](options)) ?? {});
  });
  writeMessage(socket, { pid: process.pid, threadId });

  return {
    close() {
      closing = true;
      return new Promise((resolve) => socket.end(resolve));
    },
  };
}
