/** Since when things are as they are, told by when this program first saw them so; what is gone is forgotten. */
import { InodeTable } from '../procfs/inode-table.ts';

/** Readings after which a socket that none of them met is forgotten. */
const KEPT_READINGS = 16;
const MILLISECONDS_PER_SECOND = 1000;
const UNKNOWN = -1;

export interface FirstSeen {
  /** Begins a reading. */
  readonly begin: () => void;
  /** How long ago this reading or an earlier one first saw it, in seconds; undefined where there was no room to remember it. */
  readonly ageOf: (inode: number) => number | undefined;
  /** Whether `ageOf` was asked in this reading. */
  readonly isMet: (inode: number) => boolean;
  readonly end: () => void;
  /** How long this program has watched: nothing is older. */
  readonly watchedSeconds: () => number;
  readonly entries: () => number;
  readonly bytes: () => number;
}

export const createFirstSeen = (now = () => performance.now()): FirstSeen => {
  const since = new InodeTable();
  const began = now();
  let reading = 0;
  let seconds = 0;

  return {
    begin() {
      reading++;
      seconds = Math.floor((now() - began) / MILLISECONDS_PER_SECOND);
    },
    ageOf(inode) {
      const first = since.meet(inode, reading);
      if (first !== UNKNOWN) return seconds - first;
      return since.set(inode, seconds, reading) ? 0 : undefined;
    },
    isMet: inode => since.metBy(inode) === reading,
    end() {
      if (reading % KEPT_READINGS === 0) since.prune(reading - KEPT_READINGS + 1);
    },
    watchedSeconds: () => seconds,
    entries: () => since.size,
    bytes: () => since.bytes,
  };
};
