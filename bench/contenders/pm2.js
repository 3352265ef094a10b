import { createRequire } from 'node:module';
import { join } from 'node:path';

const RUNTIME = createRequire(import.meta.url).resolve('pm2/bin/pm2-runtime');

/** PM2 as in a container: in the foreground, with the daemon in the same process. `-i` makes it use node:cluster. */
export const pm2 = {
  name: 'PM2',
  command: (count) => [RUNTIME, 'start', './app/start.js', '-i', count],
  environment: (_count, directory) => ({ PM2_HOME: join(directory, 'pm2'), PM2_DISABLE_VERSION_CHECK: 'true' }),
};
