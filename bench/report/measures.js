/** The reported figures in order: name, title and unit. */
export const MEASURES = [
  { name: 'idle', title: 'Memory, idle', unit: 'MB' },
  { name: 'loaded', title: 'Memory, under load', unit: 'MB' },
  { name: 'endured', title: 'Memory, after long load', unit: 'MB' },
  { name: 'ready', title: 'All workers ready', unit: 'ms' },
  { name: 'replacement', title: 'Killed worker replaced and ready', unit: 'ms' },
  { name: 'stop', title: 'Stopped', unit: 'ms' },
  { name: 'rate', title: 'Jobs, all workers', unit: '/s' },
  { name: 'rateCores', title: 'Jobs, a worker a core', unit: '/s' },
  { name: 'cpu', title: 'CPU per job, a worker a core', unit: 'ms' },
];

/** Formats a figure. */
export function show(value, unit) {
  if (unit === 'MB') return `${Math.round(value / 1024 ** 2)} MB`;
  if (unit === '/s') return `${rounded(value)}/s`;
  return value < 1000 ? `${rounded(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

/** Describes how a figure compares with that of node:cluster. */
export function compare(ratio, unit) {
  if (unit === '/s') return `×${ratio.toFixed(2)}`;
  const [less, more] = unit === 'MB' ? ['less', 'more'] : ['faster', 'slower'];
  if (ratio > 0.95 && ratio < 1.05) return 'the same';
  return ratio < 1 ? `${rounded(1 / ratio)}× ${less}` : `${rounded(ratio)}× ${more}`;
}

function rounded(value) {
  return value < 9.95 ? value.toFixed(1) : Math.round(value);
}
