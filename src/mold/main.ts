/** The main module of a mold. In each copy of it, it goes on as that of a worker. */

import { loadNative, type Native } from '../native/binding.ts';
import { freeThreads, passOptionsToThreads } from '../node/threads.ts';
import { takeMoldAssignment } from '../protocol/environment.ts';
import { findAgents } from '../sameness/agents/renew.ts';
import { RandomnessRecording } from '../sameness/randomness.ts';
import { TlsServers } from '../sameness/renewal/tls-servers.ts';
import { VmContexts } from '../sameness/renewal/vm-contexts.ts';
import { collect } from './garbage.ts';
import { untilIdle } from './idle.ts';
import { ownMemory } from './memory.ts';
import { prepare } from './prepare.ts';
import { serve } from './serve.ts';
import { sendStatus } from './status.ts';
import { tryFork } from './trial.ts';

/** Signals that are for the supervisor and for workers. A mold leaves when the supervisor closes its command channel. */
const HELD = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const;

const native: Native = loadNative();
native.holdSignals(HELD);
native.parentDeathSignal('SIGKILL', process.ppid);
process.title = 'swarm mold';

const recording = new RandomnessRecording();
const assignment = takeMoldAssignment(process.env);
passOptionsToThreads(assignment.given.execArgv);
freeThreads(process.execArgv.filter((flag) => !assignment.given.execArgv.includes(flag)));
const [servers, contexts] = [new TlsServers(), new VmContexts()];
const prepared = await prepare(assignment, recording);
if (!prepared) {
  // As when any process ends: what packages have made for themselves alone they remove now.
  try {
    process.emit('exit', 0);
  } finally {
    native.exit(0);
  }
}
await untilIdle();
const agents = findAgents(native.pid());
collect();
const randomness = await recording.end();
const steps = [...randomness.steps, servers.end(), contexts.end(), agents];
// Finds them, which no worker has to do then.
native.renewGenerators();
native.trim();
native.fillHoles();
const reason = await tryFork(native);
if (reason !== undefined) {
  sendStatus({ type: 'unfit', reason });
  native.exit(0);
}
sendStatus({ type: 'preloaded', packages: prepared.packages, milliseconds: prepared.milliseconds, bytes: ownMemory() });
// What has been loaded may have set handlers of its own.
native.holdSignals(HELD);
await serve(native, { ...assignment, preloads: prepared.preloads }, { ...randomness, steps });
