// A thread with many connections. Each sends a byte a second, and reconnects when it is closed.
import { connect } from 'node:net';
import { workerData } from 'node:worker_threads';

const REQUEST = `GET /readyz HTTP/1.1\r\nX: ${'x'.repeat(10_000)}`;

for (let number = 0; number < workerData.size; number += 1) setTimeout(drip, Math.random() * 1000);

function drip() {
  const socket = connect(workerData.port, '127.0.0.1').on('error', () => {});
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(REQUEST[sent]);
    sent += 1;
  }, 1000);
  socket.once('close', () => {
    clearInterval(timer);
    setTimeout(drip, 1000);
  });
}
