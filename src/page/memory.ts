import type { Status } from '../control/status.ts';
import { inMB } from '../text/units.ts';
import { at, write } from './document.ts';

/** Shows memory use as a bar with a mark at the limit, and below it what the same workers would use without sharing. */
export function showMemory({ memory, mode, workers }: Status): void {
  at('memory').hidden = memory === null;
  if (!memory) return;
  const { total, shared, private: own, unshared, limit } = memory;
  // Without workers, as during the boot, nothing is shared yet.
  const saves = mode === 'fork' && workers.length > 0 && unshared > total;
  const whole = Math.max(limit ?? 0, total, saves ? unshared : 0);
  const length = (bytes: number) => `${(100 * bytes) / whole}%`;
  at('bar-private').style.width = length(own);
  at('bar-shared').style.width = length(shared);
  at('bar-unshared').style.width = length(saves ? unshared : 0);
  at('limit').style.left = length(limit ?? 0);
  at('limit').hidden = limit === null;
  write(at('private'), inMB(own));
  write(at('shared'), inMB(shared));
  write(at('total'), limit === null ? inMB(total) : `${inMB(total)} of ${inMB(limit)}`);
  at('saving').hidden = !saves;
  write(at('unshared'), `${inMB(unshared)}: sharing saves ${Math.round((100 * (unshared - total)) / unshared)} %`);
}
