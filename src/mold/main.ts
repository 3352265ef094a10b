/** Main module of a mold. Each copy continues from here as a worker. */

import { loadNative, type Native } from '../native/binding.ts';
import { freeThreads, passOptionsToThreads } from '../node/threads.ts';
import type { MoldAssignment } from '../protocol/assignment.ts';
import { takeAssignment } from '../protocol/environment.ts';
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

/** Signals meant for the supervisor and the workers. A mold exits when the supervisor closes its command channel. */
const HELD = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const;

const native: Native = loadNative();
native.holdSignals(HELD);
native.parentDeathSignal('SIGKILL', process.ppid);
process.title = 'swarm mold';

const recording = new RandomnessRecording();
const assignment = takeAssignment<MoldAssignment>(process.env);
passOptionsToThreads(assignment.given.execArgv);
freeThreads(process.execArgv.filter((flag) => !assignment.given.execArgv.includes(flag)));
const [servers, contexts] = [new TlsServers(), new VmContexts()];
const prepared = await prepare(assignment, recording);
if (!prepared) {
  // As in any exiting process: packages remove their temporary directories and lock files.
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
// Also locates the generators, so that no worker has to.
native.renewGenerators();
native.trim();
native.fillHoles();
const reason = await tryFork(native);
if (reason !== undefined) {
  if (prepared.warmUp === undefined) sendStatus({ type: 'unfit', reason });
  else sendStatus({ type: 'cold', reason: `a process that has warmed up cannot be copied: ${reason}` });
  native.exit(0);
}
const { packages, milliseconds, warmUp, bundle } = prepared;
sendStatus({ type: 'preloaded', packages, milliseconds, warmUp, bundle, bytes: ownMemory() });
// Loaded modules may have installed their own handlers.
native.holdSignals(HELD);
await serve(native, { ...assignment, preloads: prepared.preloads }, { ...randomness, steps });
