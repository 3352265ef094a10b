// A plain node:http server: nothing in it is specific to swarm.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const server = createServer(async ({ url }, response) => {
  // Leaves time to stop or kill the worker during a request.
  if (url === '/slow') await sleep(3000);
  response.end(`worker ${process.env.INDEX ?? '-'}, pid ${process.pid}\n`);
});

server.listen(process.env.PORT ?? 3000);
