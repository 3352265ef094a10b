import { readlinkSync } from 'node:fs';
import type { Native } from '../native/binding.ts';
import type { Assignment } from '../protocol/assignment.ts';
import { openStatusLink, STATUS_FD } from '../protocol/channel.ts';
import { runWorker } from './main.ts';

/** What a worker begins with in fork mode, in the copy of its mold. */
export async function becomeWorker(assignment: Assignment, native: Native): Promise<void> {
  Object.defineProperty(process, 'pid', { value: Number(readlinkSync('/proc/self')) });
  await runWorker(assignment, openStatusLink(STATUS_FD), native);
}
