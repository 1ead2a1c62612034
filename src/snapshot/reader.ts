/**
 * Reads collectors in a thread. A kernel file that never answers holds its thread for good: the collector is then left
 * alone until the thread comes back, and another thread reads the others. It begins with an empty memory. A file that answers, but takes
 * all the time that there is, is read after the others from then on.
 */
import { collectors as allCollectors } from '../collectors/index.ts';
import type { Outcome } from './outcome.ts';
import { startThread, type Reading, type ReadingThread } from './thread.ts';
import type { ReaderSettings } from './reading.ts';
import type { TableQuery } from './table-page.ts';

export type { Reading } from './thread.ts';

/** Threads that may be held by files that never answer, beside the one that reads. */
const STUCK_LIMIT = 4;

export interface Reader {
  /** @param query for rows in place of counts */
  readonly read: (collectors: readonly string[], query?: TableQuery) => Reading;
  /** Readings that are asked for from now on are by these settings, and remember what those before them did. */
  readonly configure: (settings: ReaderSettings) => void;
  readonly close: () => Promise<void>;
}

export const startReader = (settingsAtFirst: ReaderSettings): Reader => {
  let settings = settingsAtFirst;
  let thread = startThread(settings);
  /** With the collector that holds each of them. */
  const stuck = new Map<ReadingThread, string>();
  /** Those that were being read when time was up, until they are done in time. */
  const slow = new Set<string>();

  const replace = (held: ReadingThread, collector: string): void => {
    stuck.set(held, collector);
    void held.idle().then(() => {
      stuck.delete(held);
      return held.close();
    });
    thread = startThread(settings);
  };

  /** The slow ones last, and the owners of their sockets behind them. */
  const inOrder = (collectors: readonly string[]): readonly string[] => {
    const last = withOwners(slow);
    return [...collectors.filter(name => !last.has(name)), ...collectors.filter(name => last.has(name))];
  };

  const readInOrder = (collectors: readonly string[]): Reading => {
    const ordered = inOrder(collectors);
    const reading = thread.read(ordered);
    void reading.finished.then(() => {
      for (const [name, { status }] of reading.outcomes()) if (status !== 'failed') slow.delete(name);
    });
    return {
      ...reading,
      late() {
        reading.late();
        const outcomes = reading.outcomes();
        const current = ordered.find(name => !outcomes.has(name));
        if (current !== undefined) slow.add(current);
      },
    };
  };

  return {
    read(collectors, query) {
      const holder = stuck.size < STUCK_LIMIT ? thread.stuckAt() : undefined;
      if (holder !== undefined) replace(thread, holder);
      const held = withOwners(new Set(stuck.values()));
      const asked = collectors.filter(name => !held.has(name));
      const reading = query === undefined ? readInOrder(asked) : thread.read(asked, query);
      if (stuck.size === 0) return reading;
      const known = collectors.filter(name => held.has(name)).map(name => [name, stillReading] as const);
      return { ...reading, outcomes: () => new Map([...reading.outcomes(), ...known]) };
    },
    configure(next) {
      settings = next;
      thread.configure(next);
    },
    async close() {
      await Promise.all([thread, ...stuck.keys()].map(each => each.close()));
    },
  };
};

/** Who asks for the owners of sockets has every table of sockets read, also the one that never answers. */
const withOwners = (held: ReadonlySet<string>): ReadonlySet<string> => {
  const areSocketsHeld = allCollectors.some(
    ({ name, tellsSockets }) => tellsSockets === true && held.has(name),
  );
  const owners = allCollectors.filter(({ ofSockets }) => ofSockets === true).map(({ name }) => name);
  return areSocketsHeld ? new Set([...held, ...owners]) : held;
};

const stillReading: Outcome = {
  status: 'failed',
  reason: 'deadline',
  message: 'an earlier scrape still waits for this file',
  seconds: 0,
};
