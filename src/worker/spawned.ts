/** The main module of a worker in spawn mode. */
import { setFlagsFromString } from 'node:v8';
import { optionalNative } from '../native/binding.ts';
import { freeThreads } from '../node/threads.ts';
import { openStatusLink, STATUS_FD } from '../protocol/channel.ts';
import { takeAssignment } from '../protocol/environment.ts';
import { takeLimits } from '../protocol/limits.ts';
import { runWorker } from './main.ts';

const assignment = takeAssignment(process.env);
const { limits = [] } = assignment;
for (const flag of takeLimits(limits, process.env)) setFlagsFromString(flag);
freeThreads(limits);
await runWorker(assignment, openStatusLink(STATUS_FD), optionalNative());
