// A web server of plain node:http. It is what it would be without swarm; that it exports its server is how swarm knows
// what to close when a worker stops.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export const server = createServer(async ({ url }, response) => {
  // Long enough to stop or kill a worker meanwhile.
  if (url === '/slow') await sleep(3000);
  response.end(`worker ${process.env.INDEX ?? '-'}, pid ${process.pid}\n`);
});

server.listen(process.env.PORT ?? 3000);
