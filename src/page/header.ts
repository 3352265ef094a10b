import type { Status } from '../control/status.ts';
import { duration, inMB } from '../text/units.ts';
import { at, make, write } from './document.ts';
import type { State } from './state.ts';

/** Colors of the icon, which the style sheet cannot style. */
const COLORS: Record<State['tone'], string> = { ready: '#2a9d8f', busy: '#e0a030', calm: '#5b86d8', bad: '#d64b40' };

/** @param remark an additional sentence; can be empty */
export function showState({ word, sentence, short, tone }: State, remark: string, host = 'swarm'): void {
  // Screen readers announce a change of state, but not of each number.
  if (at('state').textContent !== word) at('spoken').textContent = `${word}: ${sentence}`;
  write(at('state'), word);
  write(at('sentence'), sentence);
  write(at('remark'), remark);
  document.title = `${short} · ${host}`;
  if (document.body.dataset['tone'] === tone) return;
  document.body.dataset['tone'] = tone;
  const dot = `<circle cx="8" cy="8" r="6" fill="${COLORS[tone]}"/>`;
  const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${dot}</svg>`;
  at('icon').setAttribute('href', `data:image/svg+xml,${encodeURIComponent(icon)}`);
}

export function showFacts(status: Status): void {
  const { host, place, count, generation, mode, memory, uptime, modules, pid, version } = status;
  const facts = {
    Host: host,
    Place: place,
    Count: String(count),
    Generation: String(generation),
    Mode: mode,
    Limit: memory?.limit ? inMB(memory.limit) : 'none',
    Up: duration(uptime),
    Modules: modules.join(', '),
    Pid: String(pid),
    Version: version,
  };
  const list = at('facts');
  for (const [position, [name, value]] of Object.entries(facts).entries()) {
    const fact = list.children[position] ?? list.appendChild(make('div', {}, make('dt', {}, name), make('dd')));
    if (fact.lastElementChild) write(fact.lastElementChild, value);
  }
}
