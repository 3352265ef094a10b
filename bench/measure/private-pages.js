import { closeSync, openSync, readSync } from 'node:fs';
import { readProc } from './processes.js';

export const KINDS = ['young', 'old', 'trusted', 'large', 'code', 'other V8', 'malloc', 'files'];

const PAGE = 4096;
/** V8 aligns its own pages to this size. */
const CHUNK = 256 * 1024;
/** The number of words to read at the beginning of a chunk, or of its separate metadata, to find its heap and space. */
const HEAD = 32;
/** V8's AllocationSpace by number, from V8 12 on, and before. */
const SPACES = [undefined, 'young', 'old', 'code', undefined, 'trusted', 'trusted', ...Array(6).fill('large')];
const OLD_SPACES = [undefined, 'young', 'old', 'code', undefined, ...Array(4).fill('large')];
const FIRST_TRUSTED = 12;

/**
 * Finds the private pages of memory to which a process has written.
 *
 * @param mold the process of which it is a copy; undefined in spawn mode
 * @param v8 the major version of its V8
 * @returns { address, kind, isCopy } of each page. `isCopy`: the mold also has the page, and the process has written to
 *   it
 */
export function privatePages(pid, mold, v8) {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const maps = [pid, mold ?? pid].map((each) => openSync(`/proc/${each}/pagemap`, 'r'));
  try {
    const spaceOf = spaceReader(memory, v8);
    return mappingsOf(pid).flatMap((mapping) => {
      const [entries, original] = maps.map((fd) => entriesOf(fd, mapping));
      const pages = [];
      for (let at = 0, address = mapping.start; address < mapping.end; at += 8, address += PAGE) {
        if (!isPrivate(entries.readBigUInt64LE(at))) continue;
        const isCopy = mold !== undefined && isPresent(original.readBigUInt64LE(at));
        pages.push({ address, kind: kindOf(mapping, address, spaceOf), isCopy });
      }
      return pages;
    });
  } finally {
    for (const fd of [memory, ...maps]) closeSync(fd);
  }
}

function mappingsOf(pid) {
  const found = [];
  for (const line of readProc(pid, 'maps').split('\n')) {
    const [, start, end, permissions, inode, name] = /^(\w+)-(\w+) (\S+) \S+ \S+ (\d+)\s*(.*)$/.exec(line) ?? [];
    // The kernel's own mappings cannot be read.
    if (start === undefined || /^\[v(?:var|dso|syscall)/.test(name)) continue;
    found.push({
      start: Number.parseInt(start, 16),
      end: Number.parseInt(end, 16),
      isFile: inode !== '0',
      isCode: permissions.includes('x'),
      name,
    });
  }
  return found;
}

/** The pagemap entries of a mapping, 64 bits for each page; zero where nothing is mapped. */
function entriesOf(fd, { start, end }) {
  const entries = Buffer.alloc(((end - start) / PAGE) * 8);
  readSync(fd, entries, 0, entries.length, (start / PAGE) * 8);
  return entries;
}

function isPresent(entry) {
  return entry >> 63n === 1n;
}

/** Whether a page is anonymous and mapped by no other process. */
function isPrivate(entry) {
  return isPresent(entry) && ((entry >> 61n) & 1n) === 0n && ((entry >> 56n) & 1n) === 1n;
}

/** V8 maps its heap anywhere. The allocator's arenas and the stacks are next to the libraries. */
function kindOf({ start, isFile, isCode, name }, address, spaceOf) {
  if (isFile) return 'files';
  if (name === '[heap]' || name.startsWith('[stack')) return 'malloc';
  if (isCode) return 'code';
  if (start > 0x7f0000000000) return 'malloc';
  // A large object has a head only in its first chunk.
  for (let chunk = address - (address % CHUNK); chunk >= start; chunk -= CHUNK) {
    const space = spaceOf(chunk);
    if (space) return space;
  }
  return 'other V8';
}

/** Finds the space of a chunk: the object of a space begins with its vtable, its heap and its number, and the head of a
 * chunk, or the metadata to which that points, contains both the heap and the space. */
function spaceReader(memory, v8) {
  const known = new Map();
  const names = v8 < FIRST_TRUSTED ? OLD_SPACES : SPACES;
  const wordsAt = (address, count) => {
    const buffer = Buffer.alloc(count * 8);
    try {
      readSync(memory, buffer, 0, buffer.length, address);
    } catch {
      // Not an address.
    }
    return Array.from({ length: count }, (_, index) => buffer.readBigUInt64LE(index * 8));
  };
  const findIn = (words) => {
    for (const word of words.filter(isAddress)) {
      const [, heap, id] = wordsAt(Number(word), 3);
      if (isAddress(heap) && heap !== word && words.includes(heap)) {
        const name = names[Number(id & 0xffn)];
        if (name) return name;
      }
    }
    return undefined;
  };
  return (chunk) => {
    if (!known.has(chunk)) {
      const head = wordsAt(chunk, HEAD);
      const [, apart] = head;
      known.set(chunk, isAddress(apart) ? findIn(wordsAt(Number(apart), HEAD)) : findIn(head));
    }
    return known.get(chunk);
  };
}

function isAddress(word) {
  return word > 0x100000n && word < 0x7fffffffffffn && word % 8n === 0n;
}
