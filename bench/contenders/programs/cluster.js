// As little as node:cluster needs: the primary loads none of the application, replaces what dies, and passes TERM on.
import cluster from 'node:cluster';

const [count] = process.argv.slice(2);
cluster.setupPrimary({ exec: './app/start.js', args: [] });

const fork = () => cluster.fork();
cluster.on('exit', fork);
process.on('SIGTERM', () => {
  cluster.off('exit', fork);
  for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM');
});
for (let started = 0; started < Number(count); started += 1) fork();
