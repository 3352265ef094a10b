import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { ask } from '../support/control.ts';
import { PATIENCE } from '../support/processes.ts';
import { Server } from '../support/server.js';
import { freePort } from '../support/web.ts';

export const EXAMPLES = fileURLToPath(new URL('../../examples/prometheus', import.meta.url));

/** One series of the answer to a query, and its value now. */
export interface Sample {
  metric: Record<string, string>;
  value: [time: number, value: string];
}

interface Config {
  global: Record<string, string>;
  rule_files: string[];
  scrape_configs: [{ static_configs: [{ targets: string[] }] }];
}

/** A real Prometheus with the example's configuration, which looks every second. It is gone when the test is over. */
export class Prometheus {
  readonly #port: number;

  /** @param targets ports of 127.0.0.1 */
  static async start(targets: readonly number[]): Promise<Prometheus> {
    const directory = await mkdtemp(join(tmpdir(), 'swarm-prometheus-'));
    const port = await freePort();
    const config = parse(await readFile(join(EXAMPLES, 'prometheus.yaml'), 'utf8')) as Config;
    config.global = { scrape_interval: '1s', evaluation_interval: '1s' };
    config.rule_files = config.rule_files.map((file) => join(EXAMPLES, file));
    config.scrape_configs[0].static_configs[0].targets = targets.map((target) => `127.0.0.1:${target}`);
    await writeFile(join(directory, 'prometheus.yaml'), stringify(config));
    const server = new Server({
      name: 'prometheus',
      file: 'prometheus',
      args: [
        `--config.file=${join(directory, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      directory,
      ready: /Server is ready to receive web requests/,
      stop: 'SIGTERM',
      orphaned: 'SIGKILL',
    });
    onTestFinished(() => server.stop());
    await server.start();
    return new Prometheus(port);
  }

  private constructor(port: number) {
    this.#port = port;
  }

  /** @throws with Prometheus's own words, for an expression that it does not understand */
  async query(expression: string): Promise<Sample[]> {
    const { result } = (await this.get(`query?query=${encodeURIComponent(expression)}`)) as { result: Sample[] };
    return result;
  }

  /** What an expression says of each target, by its port. */
  async byTarget(expression: string): Promise<Map<number, number>> {
    const samples = await this.query(expression);
    return new Map(samples.map(({ metric, value }) => [Number(metric['instance']?.split(':')[1]), Number(value[1])]));
  }

  /** @param path below /api/v1 */
  async get(path: string): Promise<unknown> {
    const { text } = await ask({ host: '127.0.0.1', port: this.#port }, 'GET', `/api/v1/${path}`);
    const { status, data, error } = JSON.parse(text) as { status: string; data: unknown; error?: string };
    if (status !== 'success') throw new Error(`Prometheus: ${error}`);
    return data;
  }
}

/** Looks again and again until it is so: Prometheus tells nobody. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain for: ${what}`);
    await sleep(200);
  }
}
