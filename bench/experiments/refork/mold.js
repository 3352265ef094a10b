// The main module of a mold whose workers can become molds: dist/mold/main.js except for the last line.

import { collect } from '../../../dist/mold/garbage.js';
import { untilIdle } from '../../../dist/mold/idle.js';
import { Lookout } from '../../../dist/mold/leftovers/leftovers.js';
import { prepare } from '../../../dist/mold/prepare.js';
import { tryFork } from '../../../dist/mold/trial.js';
import { loadNative } from '../../../dist/native/binding.js';
import { freeThreads } from '../../../dist/node/threads.js';
import { takeAssignment } from '../../../dist/protocol/environment.js';
import { findAgents } from '../../../dist/sameness/agents/renew.js';
import { RandomnessRecording } from '../../../dist/sameness/randomness.js';
import { TlsServers } from '../../../dist/sameness/renewal/tls-servers.js';
import { VmContexts } from '../../../dist/sameness/renewal/vm-contexts.js';
import { HELD, say, serve } from './generations.js';

const native = loadNative();
native.holdSignals(HELD);
native.parentDeathSignal('SIGKILL', process.ppid);
process.title = 'swarm mold';

const recording = new RandomnessRecording();
const assignment = takeAssignment(process.env);
freeThreads(process.execArgv);
const [servers, contexts] = [new TlsServers(), new VmContexts()];
const prepared = await prepare(assignment, recording);
// The messages of prepare() say why it failed.
if (!prepared) native.exit(1);
await untilIdle();
const agents = findAgents(native.pid());
collect();
// As in swarm, the draws of jobs are no longer recorded. In the variant `watched` they are, and so is what jobs open,
// which costs time.
const isWatched = Boolean(process.env.WATCH);
const randomness = isWatched ? { pools: [], steps: [] } : await recording.end();
if (isWatched) new Lookout().run('a job', () => {});
const steps = [...randomness.steps, servers.end(), contexts.end(), agents];
native.renewGenerators();
native.trim();
native.fillHoles();
const reason = await tryFork(native);
if (reason !== undefined) throw new Error(reason);
say({ type: 'template', generation: 1 });
native.holdSignals(HELD);
await serve({ native, assignment, randomness: { ...randomness, steps } }, 1);
