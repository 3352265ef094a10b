/** The main module of a worker in spawn mode. */
import { optionalNative } from '../native/binding.ts';
import { openStatusLink, STATUS_FD } from '../protocol/channel.ts';
import { takeAssignment } from '../protocol/environment.ts';
import { runWorker } from './main.ts';

await runWorker(takeAssignment(process.env), openStatusLink(STATUS_FD), optionalNative());
