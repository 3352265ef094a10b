import type { CpuShares } from '../control/shares.ts';
import type { Status } from '../control/status.ts';
import { at, make, write } from './document.ts';

/** Dots are smaller if there are more workers than this. */
const MANY = 100;

/** Shows a dot for each worker, by slot: the busier, the darker. */
export function showField({ workers }: Status, sharesOf: CpuShares): void {
  const field = at('field');
  field.classList.toggle('many', workers.length > MANY);
  while (field.children.length > workers.length) field.lastElementChild?.remove();
  while (field.children.length < workers.length) field.append(make('i'));
  for (const [position, { state, pid }] of workers.entries()) {
    const dot = field.children[position] as HTMLElement;
    if (dot.dataset['state'] !== state) dot.dataset['state'] = state;
    dot.style.setProperty('--share', Math.min(1, sharesOf(pid) ?? 0).toFixed(2));
  }
  write(at('workers-title'), ['Workers', ...countsOf(workers)].join(' · '));
}

/** Returns the number of workers in each state: "14 ready", "2 starting". */
function countsOf(workers: Status['workers']): string[] {
  const counts = new Map<string, number>();
  for (const { state } of workers) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`);
}
