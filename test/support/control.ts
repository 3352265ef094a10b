import { type RequestOptions, request } from 'node:http';
import { execa } from 'execa';
import { inheritedEnvironment } from './processes.ts';
import { BIN, NODE } from './swarm.ts';

export interface Answer {
  code: number | undefined;
  type: string | undefined;
  text: string;
  /** The parsed body, if it is JSON. */
  body: unknown;
}

/** Sends one request to the path of a control socket, or to an address and port. */
export function ask(
  where: string | Pick<RequestOptions, 'host' | 'port'>,
  method: string,
  path: string,
): Promise<Answer> {
  const address = typeof where === 'string' ? { socketPath: where } : where;
  return new Promise((resolve, reject) => {
    request({ ...address, method, path, agent: false }, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      const type = response.headers['content-type'];
      resolve({
        code: response.statusCode,
        type,
        text,
        body: type === 'application/json' && text !== '' ? JSON.parse(text) : undefined,
      });
    })
      .on('error', reject)
      .end();
  });
}

/** Runs `swarm <subcommand>`, in the environment of a running swarm. */
export function command(args: readonly string[], env: NodeJS.ProcessEnv) {
  return execa(NODE, [BIN, ...args], { env: { ...inheritedEnvironment(), ...env }, extendEnv: false, reject: false });
}
