import { inMB, milliseconds } from '../text/units.ts';
import { at, make, write } from './document.ts';
import { pathOf, type Sample } from './history.ts';

const WIDTH = 300;
const HEIGHT = 44;
const SVG = 'http://www.w3.org/2000/svg';

interface Line {
  readonly title: string;
  readonly figure: (sample: Sample) => number | null;
  readonly text: (value: number) => string;
}

const LINES: readonly Line[] = [
  { title: 'Memory', figure: ({ memory }) => memory, text: inMB },
  { title: 'Cores in use', figure: ({ cpu }) => cpu, text: (value) => value.toFixed(2) },
  { title: 'Longest event-loop delay', figure: ({ delay }) => delay, text: milliseconds },
  { title: 'Restarts seen', figure: ({ restarts }) => restarts, text: String },
];

const drawn = LINES.map((line) => ({ ...line, ...newFigure(line.title) }));

/** Shows each value of the last minutes as a number and as a line. */
export function showLines(samples: readonly Sample[]): void {
  const last = samples.at(-1);
  if (!last) return;
  for (const { figure, text, path, now, note } of drawn) {
    const value = figure(last);
    const most = Math.max(...samples.map((sample) => figure(sample) ?? 0));
    write(now, value === null ? '–' : text(value));
    write(note, `max. ${text(most)} in 5 min`);
    path.setAttribute('d', pathOf(samples, figure, { most, width: WIDTH, height: HEIGHT }));
  }
}

function newFigure(title: string) {
  const path = document.createElementNS(SVG, 'path');
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  picture.setAttribute('preserveAspectRatio', 'none');
  // The text next to the line says the same.
  picture.setAttribute('aria-hidden', 'true');
  picture.append(path);
  const [now, note] = [make('b'), make('figcaption')];
  at('lines').append(make('figure', {}, make('h2', {}, title), now, picture, note));
  return { path, now, note };
}
