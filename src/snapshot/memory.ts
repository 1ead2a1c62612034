/**
 * The only state that outlives a scrape: what each collector needs to turn counts that vanish with their
 * object into counters that do not. It lives in the reading thread, and all of it is bounded.
 */
import type { Increments, Memory, Totals } from '../collectors/collector.ts';
import { ParseError } from '../text/parse-error.ts';

/** Sockets with drops remembered by a collector for one total: some 4 MB at the most. */
export const REMEMBERED_LIMIT = 65_536;

/** One memory for each collector that asks. */
export const createMemories = (): ((collector: string) => Memory) => {
  const memories = new Map<string, Memory>();
  return collector => {
    const incrementsOf = byName(increments);
    const memory = memories.get(collector) ?? {
      increments: (of = '') => incrementsOf(of)(),
      changes: changes(),
      largest: byName(largest),
      lately: byName(lately),
    };
    memories.set(collector, memory);
    return memory;
  };
};

/** One of them for each name, made when it is first asked for. */
const byName = <T>(make: () => T): ((name: string) => T) => {
  const made = new Map<string, T>();
  return name => {
    const known = made.get(name) ?? make();
    made.set(name, known);
    return known;
  };
};

type Row = Parameters<Increments['seen']>[2];

interface Remembered {
  count: number;
  generation: number;
}

const increments = (): (() => Increments) => {
  const remembered = new Map<number, Remembered>();
  let total = 0;
  let generation = 0;
  let anonymousBefore = 0;

  return () => {
    generation++;
    // Things without a number of their own cannot be told apart: only their sum can be followed.
    let anonymous = 0;

    const meet = (thing: number, count: number, row: Row): void => {
      if (remembered.size === REMEMBERED_LIMIT) {
        throw new ParseError(`drops left out, ${REMEMBERED_LIMIT} sockets are remembered`, row.number);
      }
      remembered.set(thing, { count, generation });
      total += count;
    };

    const meetAgain = (known: Remembered, count: number): void => {
      // A lower count is another thing that was given the number of one that is gone.
      total += count >= known.count ? count - known.count : count;
      known.count = count;
      known.generation = generation;
    };

    return {
      seen(thing, count, row) {
        const known = remembered.get(thing);
        if (thing === 0) anonymous += count;
        else if (known === undefined) meet(thing, count, row);
        else meetAgain(known, count);
      },
      total() {
        total += Math.max(0, anonymous - anonymousBefore);
        anonymousBefore = anonymous;
        for (const [thing, known] of remembered) {
          if (known.generation !== generation) remembered.delete(thing);
        }
        return total;
      },
    };
  };
};

type Key = string | number;

/** As much larger another must be than one that was chosen the last time. */
const NEWCOMER_FACTOR = 1.25;

const largest = (): (<K extends Key>(totals: Totals<K>, limit: number) => readonly K[]) => {
  let before: ReadonlySet<Key> = new Set();

  return <K extends Key>(totals: Totals<K>, limit: number): readonly K[] => {
    /** The heaviest first, never more than the limit. */
    const chosen: { readonly key: K; readonly weight: number }[] = [];
    for (const [key, total] of totals) {
      const each = { key, weight: before.has(key) ? total * NEWCOMER_FACTOR : total };
      let place = chosen.length;
      while (place > 0 && isHeavier(each, chosen[place - 1])) place--;
      if (place === limit) continue;
      if (chosen.length === limit) chosen.pop();
      chosen.splice(place, 0, each);
    }
    const keys = chosen.map(({ key }) => key);
    before = new Set(keys);
    return keys;
  };
};

const isHeavier = <K extends Key>(
  a: { readonly key: K; readonly weight: number },
  b: { readonly key: K; readonly weight: number } | undefined,
): boolean => b === undefined || a.weight > b.weight || (a.weight === b.weight && a.key < b.key);

/** At a scrape every 15 seconds a count stays for five minutes after it was last above zero. */
const LATELY_READINGS = 20;
/** Remembered for one kind of count; one beyond them that falls to zero vanishes at once. */
const LATELY_LIMIT = 4096;

const lately = (): (<K extends Key>(above: Iterable<K>) => readonly K[]) => {
  const lastReading = new Map<Key, number>();
  let reading = 0;

  return <K extends Key>(above: Iterable<K>): readonly K[] => {
    reading++;
    for (const key of above) {
      if (lastReading.size < LATELY_LIMIT || lastReading.has(key)) lastReading.set(key, reading);
    }
    const gone: K[] = [];
    for (const [key, last] of lastReading) {
      if (reading - last > LATELY_READINGS) lastReading.delete(key);
      else if (last < reading) gone.push(key as K);
    }
    return gone;
  };
};

const changes = (): ((fingerprint: number) => number) => {
  let before: number | undefined;
  let count = 0;
  return fingerprint => {
    if (before !== undefined && before !== fingerprint) count++;
    before = fingerprint;
    return count;
  };
};
