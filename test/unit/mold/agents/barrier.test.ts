import { describe, expect, it } from 'vitest';
import { packages } from '../../../support/application.ts';
import { preloaded } from '../preload/preloading.ts';

const MIDDLE = `
const Module = require('module');
exports.start = () => {
  const { require: original } = Module.prototype;
  Module.prototype.require = function (name) { return original.call(this, name); };
};`;

/** An agent that patches later modules once it is started, one that does so when it is loaded, and other packages. */
const PACKAGES = {
  ...packages('before', 'express', 'pg'),
  'node_modules/require-in-the-middle/index.js': MIDDLE,
  'node_modules/require-in-the-middle/package.json': {},
  'node_modules/agent/index.js': "module.exports = require('require-in-the-middle');",
  'node_modules/agent/package.json': { dependencies: { 'require-in-the-middle': '*' } },
  'node_modules/agent/register.js': "require('.').start();",
  'node_modules/newrelic/index.js': "require('agent').start();",
  'node_modules/newrelic/package.json': {},
};

const AUTO = { selection: 'auto', modules: ['jobs.cjs'] } as const;

async function loaded(files: Record<string, string>, job: Parameters<typeof preloaded>[1] = AUTO) {
  const { report, order, unseen } = await preloaded({ ...PACKAGES, ...files }, job);
  const { skipped, packages: rows } = report;
  const [first] = skipped;
  return {
    order,
    unseen,
    rows,
    skipped: skipped.map(({ name }) => name),
    reason: first?.reason,
    remedy: first?.remedy,
  };
}

describe('an agent that the application starts', () => {
  it('is loaded with what comes before it, but not with what comes after it', async () => {
    const files = {
      'jobs.cjs':
        "require('before'); require('./instrument.cjs'); require('express'); require('node:http'); require('pg');",
      'instrument.cjs': "require('agent').start();",
    };
    const { order, skipped, reason, remedy } = await loaded(files);

    expect(order).toEqual(['before', 'agent', 'node:http']);
    expect(skipped).toEqual(['express', 'pg']);
    expect(reason).toBe('./instrument.cjs loads agent, which may instrument what is loaded after it');
    expect(remedy).toBe('To share them, set SWARM_PRELOAD=./instrument.cjs,auto');
  });

  it('should have its own file, says the remedy if it has none', async () => {
    const { skipped, remedy } = await loaded({ 'jobs.cjs': "require('agent').start(); require('express');" });

    expect(skipped).toEqual(['express']);
    expect(remedy).toBe('To share them, start it in a file of its own and set SWARM_PRELOAD=./instrument.js,auto');
  });

  it.each([
    ['under a condition', "if (process.env.MONITORED) require('agent').start(); require('express');"],
    ['in a function', "exports.start = () => require('agent').start(); require('express');"],
    ['in a file that may be loaded', "if (process.env.MONITORED) require('./instrument.cjs'); require('express');"],
  ])('counts even if it may not be started: %s', async (_where, source) => {
    const files = { 'jobs.cjs': source, 'instrument.cjs': "require('agent').start();" };
    const { order, skipped, reason } = await loaded(files);

    expect(order).toEqual([]);
    expect(skipped).toEqual(['agent', 'express']);
    expect(reason).toContain(' may start agent, ');
  });

  it('does not affect what comes before a file that may start it', async () => {
    const { order } = await loaded({ 'jobs.cjs': "require('express'); if (process.env.X) require('agent').start();" });

    expect(order).toEqual(['express']);
  });

  it('is reported if a package named in SWARM_PRELOAD is loaded before it', async () => {
    const files = { 'jobs.cjs': "require('before'); require('agent').start(); require('express');" };
    const listed = await loaded(files, { ...AUTO, selection: ['express'] });
    expect(listed).toMatchObject({ order: ['express'], unseen: ['express'] });

    expect(await loaded(files, { ...AUTO, selection: ['before'] })).toMatchObject({ order: ['before'], skipped: [] });
  });
});

it('an agent that a preloaded file loads without starting it should be started there', async () => {
  const files = {
    'jobs.cjs': "require('./instrument.cjs').start(); require('express');",
    'instrument.cjs': "module.exports = require('agent');",
  };
  const { skipped, reason, remedy } = await loaded(files, { ...AUTO, selection: ['./instrument.cjs', 'auto'] });

  expect(skipped).toEqual(['agent', 'express']);
  expect(reason).toBe('./instrument.cjs loads an agent, which may instrument what is loaded after it');
  expect(remedy).toBe('To share them, start the agent there');
});

describe('an agent that could start before the fork', () => {
  it('patches what comes after it, and that is shared', async () => {
    const files = {
      'jobs.cjs': "require('./instrument.cjs'); require('express');",
      'instrument.cjs': "require('agent').start();",
    };
    const job = { ...AUTO, selection: ['./instrument.cjs', 'auto'] };
    const { order, rows, skipped } = await loaded(files, job);

    expect(order).toEqual(['./instrument.cjs', 'agent', 'express']);
    expect(rows[0]?.instrumentation).toMatchObject({ state: 'started' });
    expect(skipped).toEqual([]);
  });

  it('may start when it is loaded', async () => {
    const { order, skipped } = await loaded({ 'jobs.cjs': "require('agent/register'); require('express');" });

    expect(order).toEqual(['agent', 'express']);
    expect(skipped).toEqual([]);
  });

  it('is skipped if it cannot be a separate instance in each worker', async () => {
    const { order, skipped, reason } = await loaded({ 'jobs.cjs': "require('newrelic'); require('express');" });

    expect(order).toEqual([]);
    expect(skipped).toEqual(['newrelic', 'express']);
    expect(reason).toBe(
      './jobs.cjs starts newrelic, which instruments what is loaded after it and reports for one process',
    );
  });

  it('is skipped for that reason even if SWARM_PRELOAD names the file that starts it', async () => {
    const files = {
      'jobs.cjs': "require('./instrument.cjs'); require('express');",
      'instrument.cjs': "if (process.env.MONITORED) require('newrelic');",
    };
    const { order, skipped } = await loaded(files, { ...AUTO, selection: ['./instrument.cjs', 'auto'] });

    expect(order).toEqual([]);
    expect(skipped).toEqual(['./instrument.cjs', 'newrelic', 'express']);
  });

  it('is skipped if it was left out, with everything after it', async () => {
    const files = { 'jobs.cjs': "require('agent/register'); require('express');" };
    const { order, skipped } = await loaded(files, { ...AUTO, except: ['agent'] });

    expect(order).toEqual([]);
    expect(skipped).toEqual(['agent', 'express']);
  });
});
