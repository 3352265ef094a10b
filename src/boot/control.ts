import { ConfigError } from '../config/errors.ts';
import { describeAddress, type ListenAddress, type Settings } from '../config/settings.ts';
import { Answers } from '../control/answers.ts';
import type { NetworkServer } from '../control/network-server.ts';
import { ControlServer } from '../control/server.ts';
import { SocketError } from '../control/socket.ts';
import type { Facts, Supervised } from '../control/status.ts';
import type { Logger } from '../log/logger.ts';
import { version } from './version.ts';

/** The swarm's interfaces to the outside: control socket, network listener and metrics. */
export interface Control {
  /** Starts to answer requests. */
  serve(supervised: Supervised, facts: Omit<Facts, 'version'>): Promise<void>;
  close(): void;
}

/**
 * @throws ConfigError if SWARM_SOCKET or SWARM_LISTEN cannot be used. If the default socket cannot be used, the swarm
 *   runs without one
 */
export async function openControl(
  { socket, listen, metrics, metricsInterval }: Settings,
  logger: Logger,
): Promise<Control> {
  const network = listen && (await openNetwork(listen));
  const server = await openServer(socket, logger);
  return {
    async serve(supervised, facts) {
      const known = { ...facts, version: await version() };
      const answers = new Answers(supervised, known);
      server?.serve(answers);
      network?.serve(answers);
      if (metrics === 'off') return;
      const { logMetrics } = await import('../control/metrics-log.ts');
      logMetrics(supervised, known, logger, metricsInterval);
    },
    close() {
      server?.close();
      network?.close();
    },
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
    const message = `there is no control socket (${error.message}), so swarm status and other commands cannot find this swarm: set SWARM_SOCKET to a path of your own`;
    logger.write({ level: 'warn', event: 'boot', fields: {}, message });
    return undefined;
  }
}

/** Loads nothing unless SWARM_LISTEN is set. */
async function openNetwork(address: ListenAddress): Promise<NetworkServer> {
  const control = await import('../control/network-server.ts');
  try {
    return await control.NetworkServer.open(address);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const given = `SWARM_LISTEN=${describeAddress(address)}`;
    const why = code === 'EADDRINUSE' ? 'something else listens there (EADDRINUSE)' : message;
    throw new ConfigError(`${given} cannot be used: ${why}. Give another port or address, or leave it unset.`);
  }
}
