import type { Service } from '../services/service.ts';
import { activeResources } from './introspection.ts';

/** A step that a quiet or a stop waits for. */
export interface Pending {
  /** "Worker mail to close" */
  name: string;
  /** The service that the step pauses or closes, if any. */
  service: Service | undefined;
}

/** Maximum number of jobs named per service; more would not fit into a log line. */
const NAMED = 10;

/**
 * Describes for the log what a worker is busy with: its jobs by name, and pending steps of a quiet or stop. If no job
 * is known, also lists what keeps the event loop alive.
 */
export function describeBusy(services: readonly Service[], pending: Iterable<Pending>): string {
  const running = new Map(services.map((service) => [service, jobsOf(service)]));
  const jobs = [...running].flatMap(([{ name }, jobs]) => (jobs.length > 0 ? `${name}: ${describeSome(jobs)}` : []));
  const others = [...pending].flatMap(({ name, service }) => (service && running.get(service)?.length ? [] : name));
  return [...jobs, ...others, ...(jobs.length > 0 ? [] : activeResources())].join(', ');
}

/** A library can match a shape and still behave differently. Its failure must not break the report. */
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
