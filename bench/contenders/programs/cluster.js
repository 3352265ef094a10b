// The minimum for node:cluster: the primary loads nothing of the application, replaces dead workers, and forwards TERM.
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
