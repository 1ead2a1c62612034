/** Numbers by socket inode, and the reading that last met each, in typed arrays: 100,000 sockets take 3 MB and no object. */

/** Beyond so many entries nothing new is taken in: they take 34 MB at most. */
export const INODES_LIMIT = 1_048_576;

const SMALLEST_PLACES = 1024;
/** Of the places that are taken: with more a search takes long. */
const FULLEST = 3 / 4;
/** More steps of growth take less room; each moves all that is there. */
const GROWTH = 3 / 2;
const INODES = 2 ** 32;
/** 2^32 divided by the golden ratio: the upper bits of a product with it are spread evenly whatever steps the inodes take. */
const MULTIPLIER = 0x9e3779b1;
const ABSENT = -1;
const NO_INODE = 0;

/** What is kept of an inode stands together, so that one look at it is one line of the cache. */
const WORDS = 4;
const VALUE = 1;
const NOTE = 2;
const MET = 3;

/** The kernel counts the inodes of sockets in 32 bits, from 1 (get_next_ino() in fs/inode.c): 0 is nothing and never taken in. */
const keyOf = (inode: number): number => inode | 0;

export class InodeTable {
  #places = SMALLEST_PLACES;
  #words = new Int32Array(WORDS * SMALLEST_PLACES);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  /** An inode stands at some of the places below this number. */
  get places(): number {
    return this.#places;
  }

  /** 0 where the place is empty. */
  inodeAt(place: number): number {
    return this.#word(place * WORDS) >>> 0;
  }

  /** The number of the inode, which is at least 0; -1 where there is none. */
  get(inode: number): number {
    const at = this.#find(keyOf(inode));
    return this.#isTaken(at) ? this.#word(at + VALUE) : ABSENT;
  }

  /** As `get`, and notes that this reading met the inode. */
  meet(inode: number, reading: number): number {
    const at = this.#find(keyOf(inode));
    if (!this.#isTaken(at)) return ABSENT;
    this.#words[at + MET] = reading;
    return this.#word(at + VALUE);
  }

  /** The last reading that met the inode; 0 where there is none. */
  metBy(inode: number): number {
    return this.#word(this.#find(keyOf(inode)) + MET) >>> 0;
  }

  /** The second number of the inode; 0 where there is none. */
  note(inode: number): number {
    return this.#word(this.#find(keyOf(inode)) + NOTE) >>> 0;
  }

  /** @returns false where the table is full, or the inode is 0 */
  set(inode: number, value: number, reading: number, note = 0): boolean {
    const key = keyOf(inode);
    if (key === NO_INODE) return false;
    let at = this.#find(key);
    if (!this.#isTaken(at)) {
      if (this.#size === INODES_LIMIT) return false;
      if (this.#size >= this.#places * FULLEST) {
        this.#rebuild(Math.ceil(this.#places * GROWTH), 0);
        at = this.#find(key);
      }
      this.#words[at] = key;
      this.#size++;
    }
    this.#words[at + VALUE] = value;
    this.#words[at + NOTE] = note;
    this.#words[at + MET] = reading;
    return true;
  }

  /** What is called must not take in another inode. */
  each(call: (inode: number, value: number, reading: number, note: number) => void): void {
    for (let at = 0; at < this.#words.length; at += WORDS) {
      if (!this.#isTaken(at)) continue;
      call(
        this.#word(at) >>> 0,
        this.#word(at + VALUE),
        this.#word(at + MET) >>> 0,
        this.#word(at + NOTE) >>> 0,
      );
    }
  }

  /** Forgets what no reading has met since this one. */
  prune(reading: number): void {
    let kept = 0;
    this.each((_inode, _value, met) => {
      if (met >= reading) kept++;
    });
    // What is built takes as much again until the garbage is collected.
    if (kept < this.#size) this.#rebuild(Math.max(SMALLEST_PLACES, Math.ceil(kept * GROWTH)), reading);
  }

  #word(at: number): number {
    return this.#words[at] ?? 0;
  }

  #isTaken(at: number): boolean {
    return this.#words[at] !== NO_INODE;
  }

  /** Where the key is, or an empty place where it would be put: there is one, as the table is never full. */
  #find(key: number): number {
    const spread = Math.imul(key, MULTIPLIER) >>> 0;
    let at = Math.floor((spread / INODES) * this.#places) * WORDS;
    while (this.#isTaken(at) && this.#words[at] !== key) {
      at += WORDS;
      if (at === this.#words.length) at = 0;
    }
    return at;
  }

  #rebuild(places: number, oldest: number): void {
    const before = this.#words;
    this.#places = places;
    this.#words = new Int32Array(WORDS * places);
    this.#size = 0;
    for (let at = 0; at < before.length; at += WORDS) {
      const key = before[at] ?? NO_INODE;
      const met = before[at + MET] ?? 0;
      if (key === NO_INODE || met < oldest) continue;
      this.set(key, before[at + VALUE] ?? ABSENT, met, before[at + NOTE]);
    }
  }
}
