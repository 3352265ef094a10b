import { say } from '../../fixtures/say.mjs';

/** Says when graphile-worker has changed its handler for TERM. Keeps the event loop alive. */
export function watchHandlers() {
  let changed = false;
  setInterval(() => {
    if (changed || process.listeners('SIGTERM').every(({ name }) => name !== 'forcefulHandler')) return;
    changed = true;
    say('forceful');
  }, 50);
}
