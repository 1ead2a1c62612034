/** What a server holds, looked at again and again, and whether that grows. */
import { readdirSync, readFileSync } from 'node:fs';
import { median } from './statistics.ts';

/** At one moment. */
export interface Level {
  /** Since the beginning. */
  readonly seconds: number;
  readonly residentBytes: number;
  /** Of the main thread, as the last scrape told it. */
  readonly heapBytes: number;
  /** Of the reading thread. */
  readonly readerHeapBytes: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Timers, connections and other handles that keep the event loop alive. */
  readonly handles: number;
  /** In the last scrape. */
  readonly series: number;
}

export type Held = Exclude<keyof Level, 'seconds'>;

export interface Verdict {
  readonly what: Held;
  readonly second: number;
  readonly last: number;
  readonly limit: number;
  readonly isKept: boolean;
}

/**
 * What the last quarter may have beyond the second, as a share and as a number. The first quarter does not count: caches fill, and code is
 * compiled. Connections of clients come and go, two for each stream; garbage of the heap waits to be collected.
 */
const allowed: Readonly<Record<Held, { readonly share: number; readonly number: number }>> = {
  residentBytes: { share: 0.1, number: 0 },
  heapBytes: { share: 0.25, number: 0 },
  readerHeapBytes: { share: 0.25, number: 0 },
  descriptors: { share: 0, number: 4 },
  threads: { share: 0, number: 0 },
  handles: { share: 0, number: 4 },
  series: { share: 0.25, number: 0 },
};

/** In so short a time garbage is collected too seldom to tell a leak from what waits. */
const SHORT_SECONDS = 600;
const SHORT_SHARE = 0.5;

export const held = Object.keys(allowed) as readonly Held[];

export const verdictsOn = (levels: readonly Level[]): readonly Verdict[] => {
  const isShort = (levels.at(-1)?.seconds ?? 0) < SHORT_SECONDS;
  const quarter = (which: number): readonly Level[] =>
    levels.slice((which * levels.length) / 4, ((which + 1) * levels.length) / 4);
  return held.map(what => {
    const level = (of: readonly Level[]): number => median(of.map(each => each[what]));
    const { share, number } = allowed[what];
    const second = level(quarter(1));
    const last = level(quarter(3));
    const limit = second * (1 + (isShort && share > 0 ? SHORT_SHARE : share)) + number;
    return { what, second, last, limit, isKept: last <= limit };
  });
};

export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

export const memoryAndThreadsOf = (pid: number): Pick<Level, 'residentBytes' | 'threads'> => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const number = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { residentBytes: number('VmRSS') * 1024, threads: number('Threads') };
};
