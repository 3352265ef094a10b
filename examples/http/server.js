// A plain node:http server, as without swarm.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const server = createServer(async ({ url }, response) => {
  // Long enough to stop or kill a worker in the meantime.
  if (url === '/slow') await sleep(3000);
  response.end(`worker ${process.env.INDEX ?? '-'}, pid ${process.pid}\n`);
});

server.listen(process.env.PORT ?? 3000);
