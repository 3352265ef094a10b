import { type Stats, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { isRepeated } from './links.ts';
import { isWithin } from './places.ts';
import { isIgnoredDirectory, isSource } from './sources.ts';

export interface Listener {
  /** All places are watched. @param files the number of watched files */
  ready(files: number): void;
  /** A file was written, added or removed, or a directory was replaced. @param path absolute */
  changed(path: string): void;
  /** A file or directory cannot be watched. */
  failed(error: NodeJS.ErrnoException): void;
}

export interface Watcher {
  close(): Promise<void>;
}

/** How long to wait after a directory is replaced, in milliseconds: a build takes a while to fill it. */
const REPLACED_AFTER = 200;

/**
 * Watches directories and files. chokidar does not notice when a watched directory is replaced, as by
 * `rm -rf dist && cp -r build dist`, and misses changes in the new one. This watcher then starts again from scratch.
 *
 * @param places directories, and single files, which are watched whatever they are named
 * @param directory the working directory, whose content may vanish and return
 */
export function watchPlaces(places: readonly string[], directory: string, listener: Listener): Watcher {
  let timer: NodeJS.Timeout | undefined;
  let watcher = look(listener.ready);
  return {
    close() {
      clearTimeout(timer);
      return close(watcher);
    },
  };

  function look(onReady: (files: number) => void): FSWatcher {
    return lookAt(places, directory, {
      ...listener,
      ready: onReady,
      replaced(path) {
        timer ??= setTimeout(() => {
          timer = undefined;
          void close(watcher);
          watcher = look(() => listener.changed(path));
        }, REPLACED_AFTER).unref();
      },
    });
  }
}

interface Looks extends Listener {
  /** Another directory has replaced this one. */
  replaced(path: string): void;
}

function lookAt(places: readonly string[], directory: string, listener: Looks): FSWatcher {
  const roots = new Set(places.map((place) => (isWithin(place, directory) ? directory : dirname(place))));
  const directories = new Map<string, Stats>();
  let isReady = false;
  let files = 0;
  const watcher = watch([...roots], { ignored: (path, stats) => isIgnored(path, stats, places) });
  watcher.on('addDir', (path, stats) => {
    if (stats) directories.set(path, stats);
  });
  watcher.on('unlinkDir', (path) => directories.delete(path));
  watcher.on('raw', (event, name, details) => {
    const { watchedPath } = details as { watchedPath?: string };
    if (event !== 'rename' || !name || watchedPath === undefined) return;
    const path = join(watchedPath, name);
    const known = directories.get(path);
    if (known && isAnother(known, path)) listener.replaced(path);
  });
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
  return watcher;
}

function isIgnored(path: string, stats: Stats | undefined, places: readonly string[]): boolean {
  const [place] = places.filter((each) => isWithin(path, each)).sort((a, b) => b.length - a.length);
  // Outside all places, only a directory on the path to one matters.
  if (place === undefined) return !places.some((each) => isWithin(each, path));
  if (place === path) return false;
  const below = relative(place, path);
  // This may be a file or a directory. chokidar asks again with stats, and for a link with those of its target.
  if (!stats || stats.isSymbolicLink()) return isIgnoredDirectory(below) && !isSource(below);
  if (stats.isDirectory()) return isIgnoredDirectory(below) || isRepeated(path, place);
  // Ignores sockets and other special files, which the application creates itself.
  return !stats.isFile() || !isSource(below);
}

/** Whether another directory is at the path. A file system may reuse the inode number of a removed directory. */
function isAnother({ ino, birthtimeMs }: Stats, path: string): boolean {
  try {
    const now = statSync(path);
    return now.ino !== ino || now.birthtimeMs !== birthtimeMs;
  } catch {
    // The directory is gone, which chokidar notices.
    return false;
  }
}

function close(watcher: FSWatcher): Promise<void> {
  const closed = watcher.close();
  // close() removes all listeners, but operations in progress may still fail.
  watcher.on('error', () => {});
  return closed;
}
