/**
 * Compares what agents report in forked and in spawned workers, for each agent and way to start it.
 * `node table.js [agent [way]]`
 */
import { startRedis } from '../support/redis.js';
import { AGENTS, WAYS } from './agents.js';
import { run } from './run.js';

const [onlyAgent, onlyWay] = process.argv.slice(2);
const isVerbose = process.env['VERBOSE'] !== undefined;
const redis = await startRedis();
let isEqual = true;
try {
  for (const agent of Object.keys(AGENTS)) {
    if (onlyAgent && !agent.includes(onlyAgent)) continue;
    for (const way of Object.keys(WAYS)) {
      if (onlyWay && !way.includes(onlyWay)) continue;
      const spawned = await run({ agent, way, mode: 'spawn', redis: redis.url, node: process.env['SWARM_TEST_NODE'] });
      if (!spawned) continue;
      const forked = await run({ agent, way, mode: 'fork', redis: redis.url, node: process.env['SWARM_TEST_NODE'] });
      const missing = spawned.told.filter((fact) => !forked.told.includes(fact));
      const extra = forked.told.filter((fact) => !spawned.told.includes(fact));
      const equal = spawned.told.length > 0 && missing.length === 0 && extra.length === 0;
      const own = forked.instances === forked.workers && forked.strangePids.length === 0;
      const apart = forked.sharedConnections === 0 && forked.commonIds === 0;
      isEqual &&= equal && own && apart;
      const told = `${forked.told.length} of ${spawned.told.length}`;
      console.log(
        [
          agent.padEnd(14),
          way.padEnd(24),
          (equal ? 'equal' : 'DIFFERENT').padEnd(10),
          told.padEnd(10),
          `instances ${forked.instances}/${forked.workers} (spawn ${spawned.instances})`,
          `strange pids ${forked.strangePids.length}, shared connections ${forked.sharedConnections}, ids in common ${forked.commonIds} (spawn ${spawned.commonIds})`,
        ].join('  '),
      );
      if (missing.length > 0) console.log('    missing:', missing.join(' | '));
      if (extra.length > 0) console.log('    extra:', extra.join(' | '));
      for (const { event, msg } of forked.log)
        if (/left|unsafe|preload|spoil|mold/i.test(event)) console.log('   ', msg);
      if (isVerbose)
        console.log(
          forked.preloaded,
          spawned.told,
          forked.lines.slice(-25).join('\n'),
          forked.errors,
          spawned.errors,
          spawned.lines.slice(-20).join('\n'),
        );
    }
  }
} finally {
  await redis.stop();
}
process.exitCode = isEqual ? 0 : 1;
