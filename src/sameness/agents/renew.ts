import { renewDatadog } from './datadog.ts';
import { renewOpenTelemetry } from './opentelemetry.ts';
import { resumeExport } from './opentelemetry-export.ts';
import { renewSentry } from './sentry.ts';

/**
 * In a copy of a process: agents that were started before the fork report as another instance. process.pid has to be its
 * own by then, and randomness renewed.
 *
 * @param original the pid of the process that started them
 */
export function renewAgents(original: number): void {
  for (const renew of [renewOpenTelemetry, resumeExport, renewSentry, renewDatadog]) {
    try {
      renew(original);
    } catch {
      // It is not as this knows it, and an agent must not keep a worker from starting.
    }
  }
}
