import type { Entry, Fields } from '../../log/logger.ts';
import type { Action } from '../actions.ts';
import type { Requester } from '../events.ts';
import type { Fleet, Worker } from '../fleet.ts';
import { indexOf } from '../queries.ts';

/** A log line, as an action. Its sentence repeats the fields, for people. */
export type Notice = Extract<Action, { type: 'log' }>;

/** Identifies a worker, in the same words in every line about it. */
export function name(fleet: Fleet, { slot, pid }: Worker): string {
  const process = pid === undefined ? '' : `, pid ${pid}`;
  return `worker ${slot} (index ${indexOf(fleet, slot)}${process})`;
}

export function about(
  fleet: Fleet,
  { slot, pid }: Worker,
  level: Entry['level'],
  event: string,
  fields: Fields,
  message: string,
): Notice {
  return notice(level, event, { worker: slot, index: indexOf(fleet, slot), pid, ...fields }, message);
}

/** The origin of a request, as fields. */
export function requester(by: Requester): Fields {
  if (typeof by === 'object') return 'file' in by ? { file: by.file } : { runner: by.runner };
  return by.startsWith('SIG') ? { signal: by } : { command: by };
}

/** The origin of a request in words, to begin a sentence. */
export function inWords(by: Requester): string {
  if (typeof by === 'string') return by;
  if ('runner' in by) return `${by.runner}, which started swarm, has ended`;
  return by.others ? `${by.file} and other files changed` : `${by.file} changed`;
}

export function notice(level: Entry['level'], event: string, fields: Fields, message: string): Notice {
  return { type: 'log', entry: { level, event, fields, message } };
}
