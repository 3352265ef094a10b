import { say } from '../../fixtures/say.mjs';

/** Reports when graphile-worker has changed its TERM handler. Keeps the event loop alive. */
export function watchHandlers() {
  let changed = false;
  setInterval(() => {
    if (changed || process.listeners('SIGTERM').every(({ name }) => name !== 'forcefulHandler')) return;
    changed = true;
    say('forceful');
  }, 50);
}
