/** The main module of a worker in spawn mode. */
import { optionalNative } from '../native/binding.ts';
import { openStatusLink, STATUS_FD } from '../protocol/channel.ts';
import { takeAssignment } from '../protocol/environment.ts';
import { freeThreads } from '../sameness/thread-limits.ts';
import { runWorker } from './main.ts';

const assignment = takeAssignment(process.env);
freeThreads(assignment.limits ?? []);
await runWorker(assignment, openStatusLink(STATUS_FD), optionalNative());
