import { closeSync, openSync, readSync } from 'node:fs';
import { readProc } from './processes.js';

export const KINDS = ['young', 'old', 'trusted', 'large', 'code', 'other V8', 'malloc', 'files'];

const PAGE = 4096;
/** V8 begins each of its own pages at a multiple of this. */
const CHUNK = 256 * 1024;
/** So many words at the beginning of a chunk, or of what V8 keeps apart about it, tell its heap and its space. */
const HEAD = 32;
/** V8's AllocationSpace by number: as of V8 12, and before. */
const SPACES = [undefined, 'young', 'old', 'code', undefined, 'trusted', 'trusted', ...Array(6).fill('large')];
const OLD_SPACES = [undefined, 'young', 'old', 'code', undefined, ...Array(4).fill('large')];
const FIRST_TRUSTED = 12;

/**
 * The pages that a process shares with no other, of memory that it has written to.
 *
 * @param mold the process that it is a copy of; undefined if it is none, as in spawn mode
 * @param v8 its major version
 * @returns { address, kind, isCopy } of each: a copy is a page that the mold has too, and that the process has written
 *   to
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
    // The kernel's own, at the top, cannot be looked at.
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

/** What pagemap says of each page, 64 bits; zeros where nothing is mapped. */
function entriesOf(fd, { start, end }) {
  const entries = Buffer.alloc(((end - start) / PAGE) * 8);
  readSync(fd, entries, 0, entries.length, (start / PAGE) * 8);
  return entries;
}

function isPresent(entry) {
  return entry >> 63n === 1n;
}

/** Anonymous, and mapped by no other process. */
function isPrivate(entry) {
  return isPresent(entry) && ((entry >> 61n) & 1n) === 0n && ((entry >> 56n) & 1n) === 1n;
}

/** V8 puts its heap where it likes, the allocator's arenas and the stacks are next to the libraries. */
function kindOf({ start, isFile, isCode, name }, address, spaceOf) {
  if (isFile) return 'files';
  if (name === '[heap]' || name.startsWith('[stack')) return 'malloc';
  if (isCode) return 'code';
  if (start > 0x7f0000000000) return 'malloc';
  // A large object has one head, in its first chunk.
  for (let chunk = address - (address % CHUNK); chunk >= start; chunk -= CHUNK) {
    const space = spaceOf(chunk);
    if (space) return space;
  }
  return 'other V8';
}

/** V8 says which space a chunk belongs to: a space begins with its methods, its heap and its number, and the head of a
 * chunk, or what that points to, has both the heap and the space. */
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
