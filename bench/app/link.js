import { connect } from 'node:net';
import { threadId } from 'node:worker_threads';
import { readMessages, writeMessage } from './messages.js';

/**
 * Announces this worker to the bench, and does what the bench asks, one request at a time. They speak over a Unix socket,
 * which is the same for all contenders.
 *
 * @param commands by name, what may be asked; each may return an answer
 */
export function openLink(commands) {
  const socket = connect(process.env.BENCH_SOCKET);
  let closing = false;

  // "close" follows, whatever the error is.
  socket.on('error', () => {});
  socket.on('close', () => {
    // The bench ended without a word, so whatever it started ends too.
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
