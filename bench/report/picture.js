import { escaped, heightOf, panel } from './bars.js';
import { MEASURES } from './measures.js';

const WIDTH = 860;
const MARGIN = 28;
const GAP = 30;
const COLUMNS = 2;
const HEAD = 66;
/** The height of a line at the foot. */
const LINE = 18;
const FOOT = 8;

/** The measures in the picture: three of memory on the left, three of time on the right. */
const SHOWN = ['idle', 'ready', 'loaded', 'replacement', 'endured', 'rateCores'];

/** Both color schemes set a background, so that the picture is readable on any page. */
const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #59636e }
  .card { fill: #ffffff; stroke: #d1d9e0 }
  .head { font-size: 17px; font-weight: 600; fill: #1f2328 }
  .title { font-weight: 600; fill: #1f2328 }
  .name { text-anchor: end }
  text.swarm { font-weight: 600; fill: #1f2328 }
  .comparison { fill: #59636e; font-weight: 400 }
  .swarm .comparison { fill: #1a7f37; font-weight: 600 }
  rect.swarm { fill: #1f883d }
  rect.other { fill: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    text, .comparison { fill: #9198a1 }
    .card { fill: #0d1117; stroke: #3d444d }
    .head, .title, text.swarm { fill: #f0f6fc }
    .swarm .comparison { fill: #56d364 }
    rect.swarm { fill: #2ea043 }
    rect.other { fill: #545d68 }
  }`;

/** Draws the result as an SVG, for light and dark pages. */
export function picture({ machine, parameters, contenders }) {
  const shown = SHOWN.map((name) => MEASURES.find((measure) => measure.name === name)).filter(({ name }) =>
    Object.values(contenders).some(({ medians }) => medians?.[name] !== undefined),
  );
  const width = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
  const rowHeight = heightOf(Object.keys(contenders).length) + GAP;
  const panels = shown.map(({ name, title, unit }, place) =>
    panel({
      title: titleOf(name, title, parameters),
      unit,
      bars: Object.entries(contenders).map(([key, contender]) => barOf(key, contender, name)),
      x: MARGIN + (place % COLUMNS) * (width + GAP),
      y: HEAD + Math.floor(place / COLUMNS) * rowHeight,
      width,
    }),
  );
  const lines = foot(machine, parameters, contenders);
  const end = HEAD + Math.ceil(shown.length / COLUMNS) * rowHeight + FOOT;
  const height = end + lines.length * LINE;
  const head = `${parameters.workers} workers of one application, ${Object.keys(machine.packages).length} packages each`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(head)}: swarm, node:cluster, worker_threads, throng and PM2 compared">
<style>${STYLE}
</style>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" class="card"/>
<text x="${MARGIN}" y="38" class="head">${escaped(head)}</text>
${panels.join('\n')}
${lines.map((line, row) => `<text x="${MARGIN}" y="${end + row * LINE}">${escaped(line)}</text>`).join('\n')}
</svg>
`;
}

function barOf(key, { name, medians, ratios }, measure) {
  const style = key.startsWith('swarm-fork') ? 'swarm' : 'other';
  return { name, style, value: medians?.[measure], ratio: ratios?.[measure] };
}

function titleOf(name, title, { long }) {
  if (name === 'endured') return `Memory, after ${long} min of load and full collections`;
  if (name === 'rateCores') return 'Jobs per second, a worker a core';
  return title;
}

function foot({ node, cores, processor }, { rounds, flags }, contenders) {
  const version = [node.slice(1), flags].join(' ').trim();
  return [
    'Compared with node:cluster. Memory: the proportional set size of all processes, supervisors included.',
    ...('swarm-fork-app' in contenders ? ['“+ app”: the application itself is loaded before the fork, too.'] : []),
    ...('swarm-fork-warm' in contenders ? ['“+ warm-up”: and it has done some jobs before the fork.'] : []),
    `Medians of ${rounds} rounds in one run: Node ${version}, ${cores} cores, ${processor}.`,
  ];
}
