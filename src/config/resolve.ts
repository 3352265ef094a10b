import { hostname } from 'node:os';
import { LEVELS, LOG_FORMATS } from '../log/options.ts';
import type { Selection } from '../protocol/assignment.ts';
import { MB } from '../text/units.ts';
import { ConfigError } from './errors.ts';
import { ordinalOfCopy, ordinalOfDyno } from './ordinal.ts';
import { type Configuration, type ListenAddress, MAX_COUNT, type Origins, type Settings } from './settings.ts';
import { unknownVariables } from './unknown.ts';
import { decimal, decimalIn, listed, oneOf, onOff } from './values.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface Found<Value> {
  value: Value;
  origin: string;
}

const DEFAULT = 'the default';
const DAY = 86_400;
const MAX_INDEX = 1_000_000_000;
const MAX_MEMORY_MB = 1024 ** 3;
/** Only root can use ports below this one. */
const MIN_PORT = 1024;
const MAX_PORT = 65_535;

/**
 * Turns the environment into settings, each with its origin.
 *
 * @throws ConfigError for the first invalid value, naming the variable, the value and what is allowed
 */
export function resolveSettings(environment: Environment): Configuration {
  const find = new Finder(environment);
  const found: { [Name in keyof Settings]: Found<Settings[Name]> } = {
    count: resolveCount(find),
    index: resolveIndex(find, environment),
    mode: find.or('auto', ['SWARM_MODE'], oneOf('auto', 'fork', 'spawn', 'inline'), {
      what: 'a mode',
      allowed: 'auto, fork, spawn or inline',
    }),
    preload: resolvePreload(find, environment),
    preloadApp: find.or(false, ['SWARM_PRELOAD_APP'], onOff, { what: 'a switch', allowed: '1 or 0' }),
    timeout: find.seconds('SWARM_TIMEOUT', 25, 0),
    bootTimeout: find.seconds('SWARM_BOOT_TIMEOUT', 60, 1),
    hangTimeout: find.seconds('SWARM_HANG_TIMEOUT', 0, 0),
    maxMemory: find.megabytes('SWARM_MAXMEM_MB', 0, 'a number of megabytes from 0 (off)'),
    maxAge: find.seconds('SWARM_MAXAGE', 0, 0, 30 * DAY),
    memory: find.megabytes('SWARM_MEMORY_MB', 1, 'a number of megabytes from 1'),
    memoryInterval: find.seconds('SWARM_MEMORY_INTERVAL', 10, 0.1),
    inspect: resolveInspect(find),
    logLevel: find.or('info', ['SWARM_LOG_LEVEL'], oneOf(...LEVELS), {
      what: 'a log level',
      allowed: LEVELS.join(', '),
    }),
    logFormat: find.or('auto', ['SWARM_LOG_FORMAT'], oneOf(...LOG_FORMATS), {
      what: 'a log format',
      allowed: LOG_FORMATS.join(', '),
    }),
    metrics: find.or('off', ['SWARM_METRICS'], oneOf('off', 'log'), {
      what: 'a kind of metrics',
      allowed: 'log or off',
    }),
    metricsInterval: find.seconds('SWARM_METRICS_INTERVAL', 20, 0.1),
    watch: find.or<Settings['watch']>(false, ['SWARM_WATCH'], parseWatch, {
      what: 'a switch',
      allowed: '1, 0, or the paths to watch, as in src,config.json',
    }),
    listen: resolveListen(find, environment),
    socket: find.or(undefined, ['SWARM_SOCKET'], (text) => text, { what: 'a path', allowed: 'a path' }),
  };

  const pick = (part: 'value' | 'origin') =>
    Object.freeze(Object.fromEntries(Object.entries(found).map(([name, setting]) => [name, setting[part]])));
  return {
    settings: pick('value') as unknown as Settings,
    origins: pick('origin') as unknown as Origins,
    unknown: unknownVariables(environment, find.names),
  };
}

function resolveCount(find: Finder): Found<number | 'auto'> {
  return find.or<number | 'auto'>('auto', ['SWARM_COUNT', 'COUNT'], parseCount, {
    what: 'a number of workers',
    allowed: `1 to ${MAX_COUNT}, a fraction of the cores such as 0.5, or leave it unset to size from the dyno`,
  });
}

function parseCount(text: string): number | undefined {
  const value = decimal(text) ?? 0;
  const count = value < 1 ? value : Math.floor(value);
  return count > 0 && count <= MAX_COUNT ? count : undefined;
}

/** `dyno` and `ordinal` number workers consecutively across all copies. With COUNT=4, the third copy starts at 8. */
function resolveIndex(find: Finder, environment: Environment): Found<Settings['index']> {
  const given = find.or<number | 'dyno' | 'ordinal'>(
    0,
    ['SWARM_INDEX', 'INDEX'],
    (text) => (text === 'dyno' || text === 'ordinal' ? text : wholeNumber(text, 0, MAX_INDEX)),
    { what: 'an index', allowed: `a whole number from 0 to ${MAX_INDEX}, dyno or ordinal` },
  );
  const { value, origin } = given;
  if (typeof value === 'number') return { value, origin };
  const { value: copy, source } =
    value === 'dyno' ? ordinalOfDyno(origin, environment) : ordinalOfCopy(origin, environment, hostname());
  return { value: { copy }, origin: `${origin}=${value}, ${source}` };
}

/** The port of slot 0; the other slots get the next ones. size() checks that there are enough ports. */
function resolveInspect(find: Finder): Found<number | undefined> {
  return find.or<number | undefined>(undefined, ['SWARM_INSPECT'], (text) => wholeNumber(text, MIN_PORT, MAX_PORT), {
    what: 'a port',
    allowed: `${MIN_PORT} to ${MAX_PORT}, or leave it unset`,
  });
}

function parseWatch(text: string): Settings['watch'] | undefined {
  const paths = listed(text);
  return onOff(text) ?? (paths.length > 0 ? Object.freeze(paths) : undefined);
}

/** `9394`, `127.0.0.1:9394`, `[::1]:9394` or `localhost:9394`. */
function resolveListen(find: Finder, environment: Environment): Found<Settings['listen']> {
  const found = find.or<Settings['listen']>(undefined, ['SWARM_LISTEN'], parseAddress, {
    what: 'a port',
    allowed: `1 to ${MAX_PORT}, perhaps with an address as in 127.0.0.1:9394, or leave it unset`,
  });
  const port = found.value?.port;
  if (port !== undefined && port === Number(environment['PORT'])) {
    throw new ConfigError(
      `${found.origin}=${port} is the port of your application (PORT=${port}), where the platform sends user requests: give ` +
        `another one, such as ${port === 9394 ? 9395 : 9394}.`,
    );
  }
  return found;
}

function parseAddress(text: string): ListenAddress | undefined {
  const [, v6, name, digits = ''] = /^(?:(?:\[([\da-fA-F:.]+)\]|([\w.-]+)):)?(\d+)$/.exec(text) ?? [];
  const port = wholeNumber(digits, 1, MAX_PORT);
  return port === undefined ? undefined : { host: v6 ?? name, port };
}

function wholeNumber(text: string, min: number, max: number): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : undefined;
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

/** The only variable whose empty value has a meaning, as in sidekiqswarm: preload nothing. */
function resolvePreload({ names: known }: Finder, environment: Environment): Found<Selection> {
  known.add('SWARM_PRELOAD');
  const text = environment['SWARM_PRELOAD'];
  if (text === undefined) return { value: 'auto', origin: DEFAULT };
  const origin = 'SWARM_PRELOAD';
  const names = listed(text);
  const [first] = names;
  if (names.length === 1 && (first === 'auto' || first === 'default')) return { value: first, origin };
  const isNone = names.length === 1 && first === 'none';
  return { value: Object.freeze(isNone ? [] : names), origin };
}

interface Expectation {
  /** What the value should have been: "a number of workers". */
  what: string;
  /** What is allowed, to complete a sentence that begins with "give". */
  allowed: string;
}

/** Looks up variables. The first name that is set wins, and empty means unset. */
class Finder {
  readonly #environment: Environment;
  /** Names of all variables looked up so far. */
  readonly names = new Set<string>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  or<Value>(
    fallback: Value,
    names: readonly string[],
    parse: (text: string) => Value | undefined,
    expected: Expectation,
  ): Found<Value> {
    for (const name of names) this.names.add(name);
    for (const name of names) {
      const text = this.#environment[name]?.trim();
      if (text === undefined || text === '') continue;
      const value = parse(text);
      if (value === undefined) {
        throw new ConfigError(`${name}=${JSON.stringify(text)} is not ${expected.what}: give ${expected.allowed}.`);
      }
      return { value, origin: name };
    }
    return { value: fallback, origin: DEFAULT };
  }

  /** Reads a duration in seconds. Returns milliseconds. */
  seconds(name: string, fallback: number, min: number, max = DAY): Found<number> {
    const { value, origin } = this.or(fallback, [name], decimalIn(min, max), {
      what: 'a number of seconds',
      allowed: `${min} to ${max}`,
    });
    return { value: value * 1000, origin };
  }

  /** Reads an amount of memory in megabytes. Returns bytes. */
  megabytes(name: string, min: number, allowed: string): Found<number | 'auto'> {
    const parse = decimalIn(min, MAX_MEMORY_MB);
    return this.or<number | 'auto'>('auto', [name], (text) => inBytes(parse(text)), {
      what: 'an amount of memory',
      allowed,
    });
  }
}

function inBytes(megabytes: number | undefined): number | undefined {
  return megabytes === undefined ? undefined : Math.floor(megabytes * MB);
}
