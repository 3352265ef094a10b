import { relative } from 'node:path';
import { ConfigError } from '../config/errors.ts';
import type { Settings } from '../config/settings.ts';
import type { FindRelease, Release } from '../process/release.ts';
import type { WatchEvent } from '../supervisor/events.ts';
import type { Fleet } from '../supervisor/fleet.ts';
import { startsWorkers } from '../supervisor/queries.ts';
import { plain } from '../text/plain.ts';
import { placesNamed, placesOf } from '../watch/places.ts';
import type { Listener, Watcher } from '../watch/watcher.ts';

/**
 * The files and directories that SWARM_WATCH watches.
 *
 * @throws ConfigError for a missing path, and if it would watch the whole machine
 */
export function watchedPlaces(watch: Settings['watch'], release: Release): string[] {
  if (watch === false) return [];
  if (watch === true) return wholeApplication(release);
  try {
    return placesNamed(watch, release.directory);
  } catch (error) {
    const given = JSON.stringify(watch.join(','));
    throw new ConfigError(
      `SWARM_WATCH=${given} cannot be watched: ${(error as Error).message}. Give 1, or paths that exist.`,
    );
  }
}

/** If the application is in `/`, swarm cannot tell its code from the rest of the machine. */
function wholeApplication(release: Release): string[] {
  const places = placesOf(release);
  if (!places.includes('/')) return places;
  throw new ConfigError(
    'SWARM_WATCH=1 would watch all files of this machine, because the application is in "/". Give the paths to watch, as in SWARM_WATCH=/src.',
  );
}

/**
 * Loads nothing unless SWARM_WATCH is set.
 *
 * @returns an observer of the fleet, which watches from boot until the swarm starts no more workers
 * @throws ConfigError for a missing path, and if it would watch the whole machine
 */
export async function openWatch(
  watch: Settings['watch'],
  findRelease: FindRelease,
  emit: (event: WatchEvent) => void,
): Promise<((fleet: Fleet) => void) | undefined> {
  if (watch === false) return undefined;
  const release = await findRelease().catch(() => undefined);
  // A module is missing. The boot is about to report that.
  if (!release) return undefined;
  const places = watchedPlaces(watch, release);
  const { watchPlaces } = await import('../watch/watcher.ts');
  const failures = new Set<string>();
  const listener: Listener = {
    ready: (files) => emit({ type: 'watching', places, files }),
    changed: (path) => emit({ type: 'changed', file: plain(relative(release.directory, path)) }),
    failed({ code = 'unknown', path, message }) {
      // Report each error code once: thousands of files can be beyond the limit.
      if (failures.has(code)) return;
      failures.add(code);
      emit({ type: 'unwatched', path: plain(path ?? message), code });
    },
  };
  let watcher: Watcher | undefined;
  return (fleet) => {
    if (!startsWorkers(fleet)) void watcher?.close();
    else watcher ??= watchPlaces(places, release.directory, listener);
  };
}
