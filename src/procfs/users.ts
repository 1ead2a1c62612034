/** Names of users, from the host's own list of them. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readable } from '../text/line.ts';
import { beginningOf } from './beginning.ts';

/** The list is kept: with this much of it some 65000 users are known by name, others by number. */
const LIST_BYTES_LIMIT = 4 * 1024 * 1024;

const NEWLINE = 0x0a;
/** Of a socket whose user the kernel does not tell, which readers of its tables number -1. */
const NOBODY = '';

/**
 * The name of a user, or its number where the list does not have it. The list is of those who read it: beside another host's
 * proc its names would be wrong, and all are numbers.
 */
export const createUserNames = (procfs: string, list = '/etc/passwd'): ((uid: number) => string) => {
  const ofThisHost = resolve(procfs) === '/proc';
  let names: ReadonlyMap<number, string> = new Map();
  let changedAt: number | undefined;

  /** Whoever adds a user puts another file in its place. */
  const refresh = (): void => {
    const changed = changeOf(list);
    if (changed === changedAt) return;
    changedAt = changed;
    names = namesIn(beginningOf(list, LIST_BYTES_LIMIT, NEWLINE).toString('latin1'));
  };

  return uid => {
    if (uid < 0) return NOBODY;
    if (ofThisHost) refresh();
    return names.get(uid) ?? String(uid);
  };
};

const changeOf = (list: string): number => {
  try {
    return statSync(list).mtimeMs;
  } catch {
    return 0;
  }
};

/** `www-data:x:33:33:…`. Of several names of one user the first counts, as it does for getpwuid(). */
const namesIn = (latin1: string): ReadonlyMap<number, string> => {
  const names = new Map<number, string>();
  for (const [, name = '', uid] of latin1.matchAll(/^([^:\n]+):[^:\n]*:(\d+):/gm)) {
    if (!names.has(Number(uid))) names.set(Number(uid), readable(Buffer.from(name, 'latin1')));
  }
  return names;
};
