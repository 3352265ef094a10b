/** The orders of workers. The key goes through them. */
const SORTS = ['slot', 'memory', 'cpu', 'restarts'] as const;

export type Sort = (typeof SORTS)[number];

/** The user's choice of what to see. */
export interface View {
  readonly sort: Sort;
  /** Slots are sorted upwards, all else downwards, unless reversed. */
  readonly reversed: boolean;
  /** How many workers are scrolled out of view above. Larger than the last page allows, it means the last page. */
  readonly above: number;
}

/** How many workers run, and how many of them fit on the screen. */
export interface Room {
  readonly workers: number;
  readonly page: number;
}

export const START: View = { sort: 'slot', reversed: false, above: 0 };

/** By how many workers a key scrolls. Node's readline names the keys. */
const SCROLLS: Readonly<Record<string, (room: Room) => number>> = {
  up: () => -1,
  k: () => -1,
  down: () => 1,
  j: () => 1,
  pageup: ({ page }) => -page,
  pagedown: ({ page }) => page,
  home: () => -Infinity,
  end: () => Infinity,
};

/** The view after a key. Keys without a meaning change nothing. */
export function press(view: View, key: string, room: Room): View {
  if (key === 's') return { ...START, sort: SORTS[(SORTS.indexOf(view.sort) + 1) % SORTS.length] ?? 'slot' };
  if (key === 'r') return { ...view, reversed: !view.reversed, above: 0 };
  const scroll = Object.hasOwn(SCROLLS, key) ? SCROLLS[key] : undefined;
  return scroll ? { ...view, above: within(within(view.above, room) + scroll(room), room) } : view;
}

/** No further than to the last page. */
export function within(above: number, { workers, page }: Room): number {
  return Math.max(0, Math.min(above, workers - page));
}
