import type { Service } from '../services/service.ts';
import { activeResources } from './introspection.ts';

/** Something that a quiet or a stop waits for. */
export interface Pending {
  /** "Worker mail to close" */
  name: string;
  /** The service that it is about, if any. */
  service: Service | undefined;
}

/** More would not fit into a line of the log. */
const NAMED = 10;

/**
 * What a worker is busy with, for the log: its jobs by name, and everything else that it waits for. If no job is known,
 * also what keeps the event loop alive.
 */
export function describeBusy(services: readonly Service[], pending: Iterable<Pending>): string {
  const running = new Map(services.map((service) => [service, jobsOf(service)]));
  const jobs = [...running].flatMap(([{ name }, jobs]) => (jobs.length > 0 ? `${name}: ${describeSome(jobs)}` : []));
  const others = [...pending].flatMap(({ name, service }) => (service && running.get(service)?.length ? [] : name));
  return [...jobs, ...others, ...(jobs.length > 0 ? [] : activeResources())].join(', ');
}

/** A library may differ from what its shape promises. The work goes on all the same. */
function jobsOf(service: Service): string[] {
  try {
    return service.running?.() ?? [];
  } catch {
    return [];
  }
}

function describeSome(things: readonly string[]): string {
  const rest = things.length - NAMED;
  return `${things.slice(0, NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
