import type { Entry, Fields, Logger } from '../log/logger.ts';
import { unplannedRestarts } from '../supervisor/restarts.ts';
import { tenthsOfMB } from '../text/units.ts';
import { type Facts, type Status, type Supervised, takeStatus } from './status.ts';

/**
 * Implements SWARM_METRICS=log: logs a line of metrics at each interval, in the l2met format (Librato, Heroku add-ons).
 *
 * @param interval milliseconds
 */
export function logMetrics(supervised: Supervised, facts: Facts, logger: Logger, interval: number): void {
  let restarts = 0;
  const log = async () => {
    // The boot line must be the first line of the log, and the line that says how the swarm stopped the last.
    if (supervised.status().phase === 'booting') return;
    const status = await takeStatus(supervised, facts);
    if (supervised.status().phase === 'gone') return;
    const now = unplannedRestarts(status.restarts);
    logger.write(metricsEntry(status, now - restarts, process.env['DYNO']));
    restarts = now;
  };
  setInterval(() => {
    log().catch(({ message }: Error) => {
      logger.write({
        level: 'warn',
        event: 'metrics',
        fields: {},
        message: `the metrics could not be read (${message}), so a line is missing: swarm tries again in ${interval / 1000} s`,
      });
    });
  }, interval).unref();
}

/**
 * @param restarts number of restarts since the last line
 * @param source the name of the dyno
 */
export function metricsEntry(status: Status, restarts: number, source: string | undefined): Entry {
  const { ready, count, memory, load, workers } = status;
  const delays = workers.flatMap(({ delay }) => delay ?? []);
  const figures: Fields = {
    'sample#swarm.workers_ready': ready,
    'count#swarm.restarts': restarts,
    ...(memory && {
      'sample#swarm.memory_total': sample(memory.total),
      'sample#swarm.memory_shared': sample(memory.shared),
      'sample#swarm.memory_private': sample(memory.private),
    }),
    'sample#swarm.event_loop_delay_max': `${Math.max(0, ...delays)}ms`,
    'sample#swarm.load': load.toFixed(2),
  };
  const message = `${ready} of ${count} workers are ready`;
  return { level: 'info', event: 'metrics', fields: { source, ...figures }, message };
}

/** Formats a size as Heroku does in its own metrics. */
function sample(bytes: number): string {
  return `${tenthsOfMB(bytes)}MB`;
}
