/**
 * The only state that outlives a scrape: what each collector needs to turn counts that vanish with their
 * object into counters that do not. It lives in the reading thread, and all of it is bounded.
 */
import type { Increments, Memory } from '../collectors/collector.ts';
import type { Line } from '../text/line.ts';
import { ParseError } from '../text/parse-error.ts';

/** Sockets with drops remembered by a collector for one total: some 4 MB at the most. */
export const REMEMBERED_LIMIT = 65_536;

/** One memory for each collector that asks. */
export const createMemories = (): ((collector: string) => Memory) => {
  const memories = new Map<string, Memory>();
  return collector => {
    const memory = memories.get(collector) ?? { increments: incrementsByTotal(), changes: changes() };
    memories.set(collector, memory);
    return memory;
  };
};

const incrementsByTotal = (): ((of?: string) => Increments) => {
  const totals = new Map<string, () => Increments>();
  return (of = '') => {
    const begin = totals.get(of) ?? increments();
    totals.set(of, begin);
    return begin();
  };
};

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

    const meet = (thing: number, count: number, line: Line): void => {
      if (remembered.size === REMEMBERED_LIMIT) {
        throw new ParseError(`drops left out, ${REMEMBERED_LIMIT} sockets are remembered`, line.number);
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
      seen(thing, count, line) {
        const known = remembered.get(thing);
        if (thing === 0) anonymous += count;
        else if (known === undefined) meet(thing, count, line);
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

const changes = (): ((fingerprint: number) => number) => {
  let before: number | undefined;
  let count = 0;
  return fingerprint => {
    if (before !== undefined && before !== fingerprint) count++;
    before = fingerprint;
    return count;
  };
};
