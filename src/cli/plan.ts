import { MB, type Settings } from '../config/settings.ts';
import { type Decision, decide, describeDecision, ineffective } from './decision.ts';

/** A setting as its variable takes it, and where its value comes from. */
interface Row {
  variable: string;
  value: string | number | boolean | null;
  unit?: 's' | 'MB';
  origin: string;
}

/** `swarm plan`: what would run here, and why. Starts nothing. */
export function printPlan(json: boolean): void {
  const decision = decide();
  const rows = listSettings(decision);
  if (json) {
    const { mode, reason = null } = decision;
    console.log(JSON.stringify({ mode, modeReason: reason, settings: rows }, null, 2));
    return;
  }
  const texts = rows.map(({ variable, value, unit, origin }) => {
    const shown = value === null ? '-' : `${value}${unit === undefined ? '' : ` ${unit}`}`;
    return [variable, shown, origin] as const;
  });
  const width = (column: 0 | 1) => Math.max(...texts.map((text) => text[column].length)) + 2;
  console.log(`swarm would run ${describeDecision(decision)}.\n`);
  for (const [variable, value, origin] of texts) {
    console.log(`  ${variable.padEnd(width(0))}${value.padEnd(width(1))}${origin}`);
  }
}

function listSettings(decision: Decision): Row[] {
  const { settings, origins } = decision;
  const origin = (name: keyof Settings) => {
    const why = ineffective(name, decision);
    return why === undefined ? origins[name] : `${origins[name]} (${why})`;
  };
  const row = (variable: string, name: keyof Settings, value: Row['value']): Row => {
    return { variable, value, origin: origin(name) };
  };
  const seconds = (variable: string, name: keyof Settings, milliseconds: number): Row => {
    return { variable, value: milliseconds / 1000, unit: 's', origin: origin(name) };
  };
  const megabytes = (variable: string, name: keyof Settings, bytes: number | undefined): Row => {
    return { variable, value: bytes === undefined ? null : bytes / MB, unit: 'MB', origin: origin(name) };
  };
  const { preload } = settings;
  return [
    row('SWARM_COUNT', 'count', settings.count),
    row('SWARM_INDEX', 'index', settings.index),
    row('SWARM_MODE', 'mode', settings.mode),
    row('SWARM_PRELOAD', 'preload', typeof preload === 'string' ? preload : preload.join(',') || 'none'),
    row('SWARM_PRELOAD_APP', 'preloadApp', settings.preloadApp),
    seconds('SWARM_TIMEOUT', 'timeout', settings.timeout),
    seconds('SWARM_BOOT_TIMEOUT', 'bootTimeout', settings.bootTimeout),
    seconds('SWARM_HANG_TIMEOUT', 'hangTimeout', settings.hangTimeout),
    megabytes('SWARM_MAXMEM_MB', 'maxMemory', settings.maxMemory),
    megabytes('SWARM_MEMORY_MB', 'memory', settings.memory),
    seconds('SWARM_MEMORY_INTERVAL', 'memoryInterval', settings.memoryInterval),
    row('SWARM_LOG_LEVEL', 'logLevel', settings.logLevel),
    row('SWARM_LOG_FORMAT', 'logFormat', settings.logFormat),
    row('SWARM_METRICS', 'metrics', settings.metrics),
    row('SWARM_SOCKET', 'socket', settings.socket ?? null),
  ];
}
