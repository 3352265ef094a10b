import { renewDatadog } from './datadog.ts';
import { findOpenTelemetry } from './opentelemetry.ts';
import { resumeExport } from './opentelemetry-export.ts';
import { renewSentry } from './sentry.ts';

/**
 * Finds the agents that were started before the fork.
 *
 * @param original the pid of the process that started them
 * @returns to be called in each copy, where process.pid is its own and randomness is renewed: they report as another instance
 */
export function findAgents(original: number): () => void {
  const steps = [findOpenTelemetry(original), resumeExport, renewSentry, renewDatadog];
  return () => {
    for (const renew of steps) {
      try {
        renew();
      } catch {
        // It is not as this knows it, and an agent must not keep a worker from starting.
      }
    }
  };
}
