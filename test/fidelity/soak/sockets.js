import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/**
 * The mold and its children open and close sockets at the same time. If libuv uses io_uring, it registers each socket
 * with epoll through a ring, so a process that uses another's ring is detected.
 */
export function start() {
  return { meanwhile: trade, child: trade };
}

async function trade() {
  for (let round = 0; round < 40; round++) await Promise.all(Array.from({ length: 16 }, talkToItself));
}

async function talkToItself() {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const message = once(socket, 'message');
  socket.send('hello', socket.address().port, '127.0.0.1');
  await message;
  socket.close();
  await once(socket, 'close');
}
