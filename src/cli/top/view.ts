/** The sort orders, which the key "s" cycles through. */
const SORTS = ['slot', 'memory', 'cpu', 'restarts'] as const;

export type Sort = (typeof SORTS)[number];

/** What the user has chosen to see. */
export interface View {
  readonly sort: Sort;
  /** Unless reversed, slots are in ascending order and everything else in descending order. */
  readonly reversed: boolean;
  /** Number of workers scrolled out of view at the top. A number beyond the last page means the last page. */
  readonly above: number;
}

/** The number of workers, and how many of them fit on the screen. */
export interface Room {
  readonly workers: number;
  readonly page: number;
}

export const START: View = { sort: 'slot', reversed: false, above: 0 };

/** How many workers each key scrolls. The names of the keys are from Node's readline. */
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

/** Returns the view after a key press. Other keys change nothing. */
export function press(view: View, key: string, room: Room): View {
  if (key === 's') return { ...START, sort: SORTS[(SORTS.indexOf(view.sort) + 1) % SORTS.length] ?? 'slot' };
  if (key === 'r') return { ...view, reversed: !view.reversed, above: 0 };
  const scroll = Object.hasOwn(SCROLLS, key) ? SCROLLS[key] : undefined;
  return scroll ? { ...view, above: within(within(view.above, room) + scroll(room), room) } : view;
}

/** Limits a scroll position to the last page. */
export function within(above: number, { workers, page }: Room): number {
  return Math.max(0, Math.min(above, workers - page));
}
