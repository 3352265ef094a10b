import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/errors.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { MB } from '../../../src/text/units.ts';

const resolve = (environment: Record<string, string>) => resolveSettings(environment);

function settingsOf(environment: Record<string, string>): Settings {
  return resolve(environment).settings;
}

function settingsOrRefusal(environment: Record<string, string>): Settings | ConfigError {
  try {
    return settingsOf(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

const DEFAULTS: Settings = {
  count: 'auto',
  index: 0,
  mode: 'auto',
  preload: 'auto',
  preloadApp: false,
  timeout: 25_000,
  bootTimeout: 60_000,
  hangTimeout: 0,
  maxMemory: 'auto',
  maxAge: 0,
  watch: false,
  memory: 'auto',
  memoryInterval: 10_000,
  inspect: undefined,
  logLevel: 'info',
  logFormat: 'auto',
  metrics: 'off',
  metricsInterval: 20_000,
  listen: undefined,
  socket: undefined,
};

const SETTINGS: Record<string, keyof Settings> = {
  SWARM_COUNT: 'count',
  COUNT: 'count',
  SWARM_INDEX: 'index',
  INDEX: 'index',
  SWARM_MODE: 'mode',
  SWARM_PRELOAD_APP: 'preloadApp',
  SWARM_TIMEOUT: 'timeout',
  SWARM_BOOT_TIMEOUT: 'bootTimeout',
  SWARM_HANG_TIMEOUT: 'hangTimeout',
  SWARM_MAXMEM_MB: 'maxMemory',
  SWARM_MAXAGE: 'maxAge',
  SWARM_WATCH: 'watch',
  SWARM_MEMORY_MB: 'memory',
  SWARM_MEMORY_INTERVAL: 'memoryInterval',
  SWARM_INSPECT: 'inspect',
  SWARM_LOG_LEVEL: 'logLevel',
  SWARM_LOG_FORMAT: 'logFormat',
  SWARM_METRICS: 'metrics',
  SWARM_METRICS_INTERVAL: 'metricsInterval',
  SWARM_LISTEN: 'listen',
  SWARM_SOCKET: 'socket',
};

describe('an unset variable', () => {
  it('has a default value, with that origin', () => {
    const { settings, origins } = resolve({});

    expect(settings).toEqual(DEFAULTS);
    expect(origins).toEqual(Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, 'the default'])));
  });

  it.each(Object.keys(SETTINGS))('is the same as an empty or blank one: %s', (variable) => {
    expect(resolve({ [variable]: '' })).toEqual(resolve({}));
    expect(resolve({ [variable]: ' \t' })).toEqual(resolve({}));
  });
});

describe('a valid value', () => {
  it.each<[variable: string, text: string, value: unknown]>([
    ['SWARM_MODE', 'auto', 'auto'],
    ['SWARM_MODE', 'fork', 'fork'],
    ['SWARM_MODE', 'spawn', 'spawn'],
    ['SWARM_MODE', 'inline', 'inline'],
    ...['1', 'true', 'yes', 'on', 'TRUE'].map((text) => ['SWARM_PRELOAD_APP', text, true] as [string, string, boolean]),
    ...['0', 'false', 'no', 'off'].map((text) => ['SWARM_PRELOAD_APP', text, false] as [string, string, boolean]),
    ['SWARM_TIMEOUT', '30', 30_000],
    ['SWARM_TIMEOUT', '0', 0],
    ['SWARM_TIMEOUT', '0.5', 500],
    ['SWARM_TIMEOUT', '025', 25_000],
    ['SWARM_TIMEOUT', '86400', 86_400_000],
    ['SWARM_BOOT_TIMEOUT', '1', 1000],
    ['SWARM_BOOT_TIMEOUT', '120', 120_000],
    ['SWARM_HANG_TIMEOUT', '0', 0],
    ['SWARM_HANG_TIMEOUT', '90', 90_000],
    ['SWARM_MAXMEM_MB', '0', 0],
    ['SWARM_MAXMEM_MB', '256', 256 * MB],
    ['SWARM_MAXAGE', '0', 0],
    ['SWARM_MAXAGE', '604800', 604_800_000],
    ['SWARM_WATCH', '1', true],
    ['SWARM_WATCH', 'off', false],
    ['SWARM_WATCH', 'src', ['src']],
    ['SWARM_WATCH', 'src, ../lib,,config.yaml', ['src', '../lib', 'config.yaml']],
    ['SWARM_MEMORY_INTERVAL', '0.1', 100],
    ['SWARM_MEMORY_INTERVAL', '60', 60_000],
    ['SWARM_METRICS_INTERVAL', '5', 5000],
    ['SWARM_INSPECT', '1024', 1024],
    ['SWARM_INSPECT', '65535', 65_535],
    ...['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent', 'WARN'].map(
      (text) => ['SWARM_LOG_LEVEL', text, text.toLowerCase()] as [string, string, string],
    ),
    ...['auto', 'logfmt', 'pretty', 'json'].map((text) => ['SWARM_LOG_FORMAT', text, text] as [string, string, string]),
    ['SWARM_METRICS', 'log', 'log'],
    ['SWARM_METRICS', 'off', 'off'],
    ['SWARM_LISTEN', '9394', { host: undefined, port: 9394 }],
    ['SWARM_LISTEN', '127.0.0.1:9394', { host: '127.0.0.1', port: 9394 }],
    ['SWARM_LISTEN', '[::1]:80', { host: '::1', port: 80 }],
    ['SWARM_LISTEN', 'localhost:65535', { host: 'localhost', port: 65_535 }],
    ['SWARM_SOCKET', '/run/swarm jobs.sock', '/run/swarm jobs.sock'],
  ])('is accepted, with or without white space around it: %s=%s is %s', (variable, text, value) => {
    const name = SETTINGS[variable] as keyof Settings;

    expect(resolve({ [variable]: text }).origins[name]).toBe(variable);
    expect(settingsOf({ [variable]: text })).toEqual({ ...DEFAULTS, [name]: value });
    expect(settingsOf({ [variable]: `  ${text}\n` })).toEqual({ ...DEFAULTS, [name]: value });
  });
});

describe('an invalid value', () => {
  const seconds = ['abc', '-1', '1e3', 'NaN', 'Infinity', '0x10', '10s', '86401'];
  const megabytes = ['abc', '-1', '512MB', '1e3', '1073741825'];

  it.each<[variable: string, allowed: RegExp, texts: string[]]>([
    ['SWARM_MODE', /auto, fork, spawn or inline/, ['cluster', 'forks', 'fork,spawn']],
    ['SWARM_PRELOAD_APP', /1 or 0/, ['maybe', '2', '-1']],
    ['SWARM_TIMEOUT', /0 to 86400/, seconds],
    ['SWARM_BOOT_TIMEOUT', /1 to 86400/, [...seconds, '0', '0.5']],
    ['SWARM_HANG_TIMEOUT', /0 to 86400/, seconds],
    ['SWARM_MAXMEM_MB', /from 0 \(off\)/, megabytes],
    ['SWARM_MEMORY_MB', /from 1/, [...megabytes, '0', '0.5']],
    ['SWARM_MAXAGE', /0 to 2592000/, ['1h', '-1', '2592001']],
    ['SWARM_WATCH', /1, 0, or the paths to watch, as in src,config\.json/, [',', ',,']],
    ['SWARM_MEMORY_INTERVAL', /0.1 to 86400/, [...seconds, '0', '0.09']],
    ['SWARM_METRICS_INTERVAL', /0.1 to 86400/, [...seconds, '0', '0.09']],
    ['SWARM_INSPECT', /1024 to 65535, or leave it unset/, ['abc', '1', '0', '1023', '65536', '9230.5', ':9230']],
    [
      'SWARM_LISTEN',
      /1 to 65535, perhaps with an address/,
      ['0', '65536', 'on', ':9394', '::1:9394', 'a b:9394', '9394/'],
    ],
    ['SWARM_LOG_LEVEL', /trace, debug, info, warn, error, fatal, silent/, ['verbose', '30', 'inf']],
    ['SWARM_LOG_FORMAT', /auto, logfmt, pretty, json/, ['text', 'xml']],
    ['SWARM_METRICS', /log or off/, ['prometheus', '1']],
  ])('of %s is refused with the variable, the value and what is allowed', (variable, allowed, texts) => {
    for (const text of texts) {
      const refused = () => settingsOf({ [variable]: text });

      expect(refused).toThrow(ConfigError);
      expect(refused).toThrow(expect.objectContaining({ status: 78 }));
      expect(refused).toThrow(`${variable}=${JSON.stringify(text)} is not `);
      expect(refused).toThrow(allowed);
    }
  });

  it('of SWARM_LISTEN can be the port of the application', () => {
    const refused = () => settingsOf({ SWARM_LISTEN: '0.0.0.0:5000', PORT: '5000' });

    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow('SWARM_LISTEN=5000 is the port of your application (PORT=5000)');
    expect(settingsOf({ SWARM_LISTEN: '5001', PORT: '5000' }).listen?.port).toBe(5001);
  });

  it('is always a ConfigError, and every other text gives valid settings', () => {
    const variables = fc.constantFrom(...Object.keys(SETTINGS), 'SWARM_PRELOAD');
    const texts = fc.oneof(fc.string(), fc.double().map(String), fc.bigInt({ min: -10n, max: 2000n }).map(String));
    fc.assert(
      fc.property(variables, texts, (variable, text) => {
        const settings = settingsOrRefusal({ [variable]: text });
        if (settings instanceof ConfigError) return;
        const { count, index } = settings;
        if (count !== 'auto') expect(count > 0 && count <= 1000 && (count < 1 || Number.isInteger(count))).toBe(true);
        if (typeof index === 'number') expect(Number.isInteger(index) && index >= 0).toBe(true);
        for (const value of Object.values(settings)) expect(value).not.toBeNaN();
      }),
      { numRuns: 1000 },
    );
  });
});

describe('SWARM_PRELOAD', () => {
  it.each<[text: string, value: Settings['preload']]>([
    ['auto', 'auto'],
    ['default', 'default'],
    ['none', []],
    ['', []],
    ['  ', []],
    ['bullmq', ['bullmq']],
    ['@scope/jobs', ['@scope/jobs']],
    [' bullmq, pg ,,ioredis,', ['bullmq', 'pg', 'ioredis']],
  ])('%j is %j', (text, value) => {
    const { settings, origins } = resolve({ SWARM_PRELOAD: text });

    expect(settings.preload).toEqual(value);
    expect(origins.preload).toBe('SWARM_PRELOAD');
  });
});

describe('the result', () => {
  it('is frozen', () => {
    const { settings, origins } = resolve({ SWARM_COUNT: '2' });

    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(origins)).toBe(true);
  });

  it('is frozen, including the list of packages', () => {
    expect(Object.isFrozen(settingsOf({ SWARM_PRELOAD: 'bullmq,pg' }).preload)).toBe(true);
    expect(Object.isFrozen(settingsOf({ SWARM_PRELOAD: '' }).preload)).toBe(true);
  });
});
