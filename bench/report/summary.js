import { BASELINE, CONTENDERS } from '../contenders/index.js';
import { MEASURES } from './measures.js';
import { median } from './statistics.js';

/**
 * Computes the medians of all rounds, and their ratios to those of node:cluster.
 *
 * @param figures the results of all sessions, by contender
 * @param failures the reasons why contenders could not be measured, by contender
 * @returns { name, medians, ratios, sessions } or { name, failure }, by contender
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
