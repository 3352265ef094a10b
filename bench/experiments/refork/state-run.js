// Finds out which state of an application does not survive: compares the answers of a worker with those of two workers
// that are forked from it later.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { startRedis } from '../../../test/support/redis.js';
import { Driver } from './driver.js';
import { NAMES } from './states.js';

const MODULE = join(import.meta.dirname, 'states.js');
/** Needs `npm ci --prefix test/agents`. */
const AGENTS = join(import.meta.dirname, '../../../test/agents/package.json');

export async function tryStates(options) {
  const redis = await startRedis();
  const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const environment = { REDIS_URL: redis.url, AGENTS, SERVER: `http://127.0.0.1:${server.address().port}` };
  try {
    for (const name of NAMES) {
      console.log(`${name}: ${await tryState({ ...options, environment: { ...environment, CASE: name } })}`);
    }
  } finally {
    server.closeAllConnections();
    server.close();
    await redis.stop();
  }
}

async function tryState(options) {
  const driver = new Driver();
  try {
    await driver.boot({ ...options, module: MODULE });
    await driver.fork(1);
    const [before] = await driver.ask('job');
    const { refused, unseen } = await driver.promote();
    if (refused) return `${JSON.stringify(before)}; refused: ${refused}`;
    await driver.fork(2);
    const after = await driver.ask('job');
    return `${JSON.stringify(before)}, then ${after.map((each) => JSON.stringify(each)).join(' and ')} (unseen: ${unseen})`;
  } catch (error) {
    return `fails: ${error.message.split('\n', 1)[0]}`;
  } finally {
    await driver.end();
  }
}
