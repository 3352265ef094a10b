import type { Status } from '../control/status.ts';
import { at, make } from './document.ts';

let shown = '';

/** Shows the events, the newest first. */
export function showEvents(events: Status['events']): void {
  const given = JSON.stringify(events);
  if (given === shown) return;
  shown = given;
  at('happened').hidden = events.length === 0;
  const items = [...events].reverse().map(({ at: when, event, level, message }) => {
    const instant = new Date(when);
    const time = make('time', { dateTime: instant.toISOString() }, timeOf(instant));
    const item = make('li', {}, time, make('span', {}, event), make('bdi', {}, message));
    item.dataset['level'] = level;
    return item;
  });
  at('events').replaceChildren(...items);
}

/** Returns "17:04:05", in the time zone of the browser. */
export function timeOf(instant: Date): string {
  return instant.toLocaleTimeString('en-GB');
}
