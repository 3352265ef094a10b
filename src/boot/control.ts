import { ConfigError } from '../config/errors.ts';
import type { Settings } from '../config/settings.ts';
import { version } from '../config/version.ts';
import { ControlServer } from '../control/server.ts';
import { SocketError } from '../control/socket.ts';
import type { Facts, Supervised } from '../control/status.ts';
import type { Logger } from '../log/logger.ts';

/** How a swarm is seen and steered from outside, from its boot to its end. */
export interface Control {
  /** From now on there is somebody to answer. */
  serve(supervised: Supervised, facts: Omit<Facts, 'version'>): Promise<void>;
  close(): void;
}

/** @throws ConfigError if SWARM_SOCKET cannot be used. Nobody has asked for any other, so the swarm runs without. */
export async function openControl({ socket, metrics, metricsInterval }: Settings, logger: Logger): Promise<Control> {
  const server = await openServer(socket, logger);
  return {
    async serve(supervised, facts) {
      const known = { ...facts, version: await version() };
      server?.serve(supervised, known);
      if (metrics === 'off') return;
      const { logMetrics } = await import('../control/metrics-log.ts');
      logMetrics(supervised, known, logger, metricsInterval);
    },
    close: () => server?.close(),
  };
}

async function openServer(given: string | undefined, logger: Logger): Promise<ControlServer | undefined> {
  try {
    return await ControlServer.open(given);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    if (given !== undefined) {
      throw new ConfigError(
        `SWARM_SOCKET=${JSON.stringify(given)} cannot be the control socket: ${error.message}. ` +
          'Give another path, or leave it unset.',
      );
    }
    const message = `there is no control socket (${error.message}), so swarm status and the like do not see this swarm`;
    logger.write({ level: 'warn', event: 'boot', fields: {}, message });
    return undefined;
  }
}
