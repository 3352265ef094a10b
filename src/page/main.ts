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

/* Polls GET /status and shows the answers. Texts from workers are inserted only as text. */

/**
 * Pause between an answer and the next request, in milliseconds. If an answer took long, and so cost the swarm time,
 * the pause is REST times that instead.
 */
const INTERVAL = 2000;
const REST = 2;
/** Pause after the first answer: measuring CPU shares takes two. */
const LOOK = 500;
/** Time limit for an answer: a swarm that takes longer hangs. With 1000 workers an answer takes seconds. */
const PATIENCE = 30_000;

let last: { status: Status; heardAt: Date } | undefined;
let history = new History();
/** Whether the next answer follows the last without a gap: the page stayed visible, and every request was answered. */
let follows = false;

function show(status: Status): void {
  const before = last?.status.pid === status.pid ? last.status : undefined;
  // Another swarm may have taken over the address.
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
  const since = last ? `Last answer at ${timeOf(last.heardAt)}. ` : '';
  showState(state, `${why}${since}This page keeps trying.`, last?.status.host);
}

let timer: number | undefined;
let isAsking = false;

/** Requests the status: one request at a time, and none while the page is hidden. */
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
