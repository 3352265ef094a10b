import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { ask } from '../support/control.ts';
import { Server } from '../support/server.js';
import { until } from '../support/until.ts';
import { freePort } from '../support/web.ts';

export const EXAMPLES = fileURLToPath(new URL('../../examples/prometheus', import.meta.url));

/** One series in the answer to a query, with its current value. */
export interface Sample {
  metric: Record<string, string>;
  value: [time: number, value: string];
}

interface Config {
  global: Record<string, string>;
  rule_files: string[];
  scrape_configs: [{ static_configs: [{ targets: string[] }] }];
}

/** A real Prometheus with the example's configuration, but a scrape interval of 5 s. It stops when the test ends. */
export class Prometheus {
  readonly #port: number;

  /** @param targets ports of 127.0.0.1 */
  static async start(targets: readonly number[]): Promise<Prometheus> {
    const directory = await mkdtemp(join(tmpdir(), 'swarm-prometheus-'));
    const port = await freePort();
    const config = parse(await readFile(join(EXAMPLES, 'prometheus.yaml'), 'utf8')) as Config;
    // The scrape timeout cannot exceed the interval, and an answer takes seconds on a busy machine.
    config.global = { scrape_interval: '5s', scrape_timeout: '5s', evaluation_interval: '1s' };
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

  /** @throws the error of Prometheus for an invalid expression */
  async query(expression: string): Promise<Sample[]> {
    const { result } = (await this.get(`query?query=${encodeURIComponent(expression)}`)) as { result: Sample[] };
    return result;
  }

  /** Repeats a query until its answer meets the condition: a scrape can be late, or fail. */
  async until(expression: string, condition: (samples: Sample[]) => boolean): Promise<Sample[]> {
    let samples: Sample[] = [];
    await until(expression, async () => {
      samples = await this.query(expression);
      return condition(samples);
    });
    return samples;
  }

  /** Waits until an expression has these values, by the port of the target. */
  async says(expression: string, expected: ReadonlyMap<number, number>): Promise<void> {
    await this.until(expression, (samples) => {
      const found = samples.map(({ metric, value }) => [Number(metric['instance']?.split(':')[1]), Number(value[1])]);
      return found.length === expected.size && found.every(([port = 0, value]) => expected.get(port) === value);
    });
  }

  /** @param path below /api/v1 */
  async get(path: string): Promise<unknown> {
    const { text } = await ask({ host: '127.0.0.1', port: this.#port }, 'GET', `/api/v1/${path}`);
    const { status, data, error } = JSON.parse(text) as { status: string; data: unknown; error?: string };
    if (status !== 'success') throw new Error(`Prometheus: ${error}`);
    return data;
  }
}
