import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../../../src/config/resolve.ts';
import { parseYaml } from '../../support/manifests.ts';
import { answers } from './answers.ts';

const text = readFileSync(new URL('../../../docs/platforms.md', import.meta.url), 'utf8');

/** Sections by heading. */
const recipes = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section): [string, string] => [/^.*/.exec(section)?.[0] ?? '', section]),
);

/** The stop window in the snippet of a recipe, seconds. */
const WINDOWS = {
  'Docker and Compose': /--stop-timeout (\d+)/,
  ECS: /"stopTimeout": (\d+)/,
  Nomad: /kill_timeout = "(\d+)s"/,
  'Fly.io': /kill_timeout = (\d+)/,
  Render: /maxShutdownDelaySeconds: (\d+)/,
  Railway: /RAILWAY_DEPLOYMENT_DRAINING_SECONDS=(\d+)/,
  'Cloud Run': /KILL (\d+) s later/,
};

describe.each(Object.entries(WINDOWS))('the recipe for %s', (platform, window) => {
  const recipe = recipes.get(platform) ?? '';

  it('has a window that is 5 s longer than SWARM_TIMEOUT', () => {
    const timeout = /SWARM_TIMEOUT"?(?:=| = "|, "value": "|\s+value: ")(\d+)/.exec(recipe)?.[1];
    const { settings } = resolveSettings(timeout === undefined ? {} : { SWARM_TIMEOUT: timeout });
    expect(Number(window.exec(recipe)?.[1])).toBe(settings.timeout / 1000 + 5);
  });

  it('has snippets that can be parsed', () => {
    for (const [, language, snippet = ''] of recipe.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)) {
      if (language === 'json') JSON.parse(snippet);
      if (language === 'yaml') parseYaml(snippet);
    }
  });
});

it('has a row for each platform', () => {
  const rows = [...text.matchAll(/^\| \[[^\]]+\]\(#([\w-]+)\)/gm)].map(([, anchor]) => anchor);
  const anchors = [...recipes.keys()].map((name) =>
    name
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  expect([...new Set(rows)]).toEqual(anchors.slice(1));
});

it('probes paths that swarm answers', async () => {
  const paths = new Set([...text.matchAll(/["`](\/\w+z|\/metrics)["`]/g)].map(([, path = '']) => path));
  expect([...paths].sort()).toEqual(['/livez', '/metrics', '/readyz']);
  for (const path of paths) expect(await answers(path)).toBe(true);
});

it('runs swarm itself', () => {
  const commands = [...text.matchAll(/(npm|npx|sh -c)?\s*\S*node_modules\/\.bin\/swarm/g)];
  expect(commands.length).toBeGreaterThan(6);
  expect(commands.filter(([, shell]) => shell)).toEqual([]);
});
