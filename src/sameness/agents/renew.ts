import { renewDatadog } from './datadog.ts';
import { findOpenTelemetry } from './opentelemetry.ts';
import { resumeExport } from './opentelemetry-export.ts';
import { renewSentry } from './sentry.ts';

/**
 * Finds the agents that were started before the fork.
 *
 * @param original the pid of the process that started them
 * @returns a function to call in each copy, once its process.pid and its randomness are its own: agents then report as
 *   another instance
 */
export function findAgents(original: number): () => void {
  const steps = [findOpenTelemetry(original), resumeExport, renewSentry, renewDatadog];
  return () => {
    for (const renew of steps) {
      try {
        renew();
      } catch {
        // The agent's internals have changed. That must not keep a worker from starting.
      }
    }
  };
}
