import type { MoldEvent } from '../../process/spawner.ts';
import type { Preloaded } from '../../protocol/messages.ts';
import { inMB, plural, seconds, tenthsOfMB } from '../../text/units.ts';
import { type Notice, notice } from './notice.ts';

/* Log lines about molds. */

export function aboutMold(event: MoldEvent): Notice {
  switch (event.type) {
    case 'preloaded':
      return anotherMold(event);
    case 'left-out': {
      const [are, copy] = / and /.test(event.package) ? ['are', 'copies'] : ['is', 'copy'];
      const message = `${event.package} ${are} not shared; each worker loads its own ${copy}: ${event.reason}`;
      return notice('warn', 'preload', { package: event.package, reason: event.reason }, message);
    }
    case 'skipped': {
      const { packages, names, reason, remedy } = event;
      const [are, copy] = packages === 1 ? ['is', 'copy'] : ['are', 'copies'];
      const message = `${packages === 1 ? names : `${packages} packages (${names})`} ${are} not shared; each worker loads its own ${copy}: ${reason}. ${remedy}`;
      return notice('warn', 'preload', { packages, reason }, message);
    }
    case 'unseen':
      return notice('warn', 'preload', {}, event.text);
    case 'unsafe': {
      const message = `${event.package} is shared as asked, but ${event.reason}, and the workers share that too`;
      return notice('warn', 'preload', { package: event.package, reason: event.reason }, message);
    }
    case 'cold': {
      const { reason, stack } = event;
      return notice('warn', 'preload', { reason, stack }, `the warm-up is not used, and workers start cold: ${reason}`);
    }
    case 'mold-exited': {
      const { code, signal } = event.exit;
      const ended = signal === null ? `exited with status ${code}` : `was killed by ${signal}`;
      const message = `the mold ${ended}; running workers continue, and swarm makes another mold when it next starts a worker`;
      return notice('warn', 'mold.exit', { status: code ?? undefined, signal: signal ?? undefined }, message);
    }
  }
}

export function anotherMold(preloaded: Preloaded): Notice {
  const { packages, milliseconds, warmUp, bytes } = preloaded;
  const message = `another mold is ready: ${describePreload(preloaded)}`;
  const fields = { packages, ms: Math.round(milliseconds), warm_up_ms: warmUp, bytes };
  return notice('info', 'preload', fields, message);
}

/** "19 packages preloaded, 58 MB shared, warmed up in 0.4 s" */
export function describePreload({ packages, bytes, warmUp, bundle }: Preloaded): string {
  const warmed = warmUp === undefined ? '' : `, warmed up in ${seconds(warmUp)}`;
  const bundled = bundle === undefined ? '' : `; the -r modules ${describeBundle(bundle)}`;
  return `${plural(packages, 'package')} preloaded, ${inMB(bytes)} shared${warmed}${bundled}`;
}

/** @param bytes the size of the `-r` modules */
export function describeBundle(bytes: number): string {
  return `look like a bundle of ${tenthsOfMB(bytes)} MB, which workers share with SWARM_PRELOAD_APP=1`;
}
