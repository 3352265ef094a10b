import type { Stats } from 'node:fs';
import { watch } from 'chokidar';
import { isIgnoredDirectory, isSource } from './sources.ts';

export interface Listener {
  /** All of them are watched. @param files how many there are */
  ready(files: number): void;
  /** A file was written, added or removed: its absolute path. */
  changed(path: string): void;
  /** A file or directory is not watched. */
  failed(error: NodeJS.ErrnoException): void;
}

export interface Watcher {
  close(): Promise<void>;
}

/** @param places directories, and single files, that are watched whatever they are called */
export function watchPlaces(places: readonly string[], listener: Listener): Watcher {
  const innermostFirst = [...places].sort((a, b) => b.length - a.length);
  let isReady = false;
  let files = 0;
  const ignored = (path: string, stats?: Stats): boolean => {
    const place = innermostFirst.find((each) => path === each || path.startsWith(`${each}/`));
    if (place === undefined || place === path) return false;
    const below = path.slice(place.length + 1);
    // It may be either. This is asked again with stats, and for a link with those of its target.
    if (!stats || stats.isSymbolicLink()) return isIgnoredDirectory(below) && !isSource(below);
    if (stats.isDirectory()) return isIgnoredDirectory(below);
    // Not sockets and the like: the application makes them itself.
    return !stats.isFile() || !isSource(below);
  };
  const watcher = watch([...places], { ignored });
  watcher.on('all', (event, path) => {
    if (event === 'addDir' || event === 'unlinkDir') return;
    if (!isReady && event === 'add') files += 1;
    else listener.changed(path);
  });
  watcher.on('error', (error) => listener.failed(error as NodeJS.ErrnoException));
  watcher.on('ready', () => {
    isReady = true;
    listener.ready(files);
  });
  return {
    close() {
      const closed = watcher.close();
      // It has no listeners from now on, and what is under way may still fail.
      watcher.on('error', () => {});
      return closed;
    },
  };
}
