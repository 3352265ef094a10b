import { BASELINE, CONTENDERS } from '../contenders/index.js';
import { MEASURES } from './measures.js';
import { median } from './statistics.js';

/**
 * The medians of all rounds, and their ratios to those of node:cluster.
 *
 * @param figures by contender, what each of its sessions has found
 * @param failures by contender, why it could not be measured
 * @returns by contender { name, medians, ratios, sessions } or { name, failure }
 */
export function summarize(figures, failures) {
  const summary = {};
  for (const [key, sessions] of Object.entries(figures)) {
    const { name } = CONTENDERS[key];
    summary[key] = failures[key] ? { name, failure: failures[key] } : { name, medians: mediansOf(sessions), sessions };
  }
  const baseline = Object.values(summary).find(({ name }) => name === BASELINE)?.medians;
  for (const contender of Object.values(summary)) {
    if (contender.medians && baseline) contender.ratios = ratiosOf(contender.medians, baseline);
  }
  return summary;
}

function mediansOf(sessions) {
  return entriesOf((name) => median(sessions.map((session) => session[name]).filter((value) => value !== undefined)));
}

function ratiosOf(medians, baseline) {
  return entriesOf((name) => (baseline[name] ? medians[name] / baseline[name] : undefined));
}

function entriesOf(figureOf) {
  const entries = MEASURES.map(({ name }) => [name, figureOf(name)]);
  return Object.fromEntries(entries.filter(([, value]) => Number.isFinite(value)));
}
