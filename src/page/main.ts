import { sharesOf } from '../control/shares.ts';
import type { Status } from '../control/status.ts';
import { at } from './document.ts';
import { showEvents, timeOf } from './events.ts';
import { showField } from './field.ts';
import { showFacts, showState } from './header.ts';
import { History } from './history.ts';
import { showLines } from './lines.ts';
import { showMemory } from './memory.ts';
import { silence, stateOf } from './state.ts';
import { showWorkers } from './workers.ts';

/* Shows what GET /status answers, again and again. A worker's words get in as text only. */

/**
 * From an answer to the next question, milliseconds; or a multiple of the time that the answer took, because it costs
 * the swarm time.
 */
const INTERVAL = 2000;
const REST = 2;
/** The same after the first answer: it takes two to tell how busy a process is. */
const LOOK = 500;
/** A swarm that takes longer to answer hangs. With a thousand workers it takes seconds. */
const PATIENCE = 30_000;

let last: { status: Status; heardAt: Date } | undefined;
let history = new History();
/** Whether the next answer follows the last without a gap: the page stayed visible, and each question got an answer. */
let follows = false;

function show(status: Status): void {
  const before = last?.status.pid === status.pid ? last.status : undefined;
  // Another swarm may have come in its place.
  if (!before) history = new History();
  last = { status, heardAt: new Date() };
  const shares = before ? sharesOf(before, status) : () => undefined;
  history.add(status, before, shares, { time: performance.now(), follows });
  at('main').hidden = false;
  delete document.body.dataset['silent'];
  showState(stateOf(status), remarkOn(status), status.host);
  showFacts(status);
  showMemory(status);
  showLines(history.samples);
  showField(status, shares);
  showWorkers(status, shares);
  showEvents(status.events);
}

function remarkOn({ rollout, lastRollout }: Status): string {
  return !rollout && lastRollout?.error ? `Generation ${lastRollout.generation} failed: ${lastRollout.error}` : '';
}

function showSilence(): void {
  document.body.dataset['silent'] = '';
  const state = silence(last?.status);
  const why = state.word === 'no answer' ? 'It has stopped, hangs, or cannot be reached. ' : '';
  const since = last ? `Last heard at ${timeOf(last.heardAt)}. ` : '';
  showState(state, `${why}${since}This page goes on asking.`, last?.status.host);
}

let timer: number | undefined;
let isAsking = false;

/** One question at a time, and none while the page is hidden. */
async function ask(): Promise<void> {
  clearTimeout(timer);
  if (isAsking || document.hidden) return;
  isAsking = true;
  const askedAt = performance.now();
  try {
    const response = await fetch('status', { signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    show((await response.json()) as Status);
    follows = true;
  } catch {
    follows = false;
    showSilence();
  }
  isAsking = false;
  const pause = history.samples.length === 1 ? LOOK : INTERVAL;
  timer = window.setTimeout(ask, Math.max(pause, REST * (performance.now() - askedAt)));
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) follows = false;
  else void ask();
});
void ask();
