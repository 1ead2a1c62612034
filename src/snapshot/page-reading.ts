/** Reads the rows of a table in the network namespace that is asked for. */
import type { Collector } from '../collectors/collector.ts';
import { directory, type Places, type Source } from '../procfs/source.ts';
import type { Machine } from '../text/machine.ts';
import type { OtherNamespaces } from './other-namespaces.ts';
import { wholly, type Outcome } from './outcome.ts';
import { failedOutcome, readCollector } from './read.ts';
import type { ReadSockets } from './read-sockets.ts';
import type { SocketPageMemory } from './socket-page.ts';
import type { TablePage, TableQuery } from './table-page.ts';
import { readTable } from './table-reading.ts';

/** Not a collector: what became of the rows that were asked for, a `TablePage`; absent where there is no such network namespace. */
export const PAGE = 'page';

const MILLISECONDS_PER_SECOND = 1000;

/** Gives the outcomes of the collectors that have such rows, in their order, and that of the page at last. */
export type ReadPage = (
  query: TableQuery,
  collectors: readonly Collector<string, unknown>[],
  proceed: (() => void) | undefined,
) => Iterable<readonly [collector: string, outcome: Outcome]>;

/** Where the rows of a page are. */
interface Place {
  readonly source: Source;
  /** Whether it still is the namespace that was asked for. */
  readonly isThere: () => boolean;
  readonly readSockets: ReadSockets;
  readonly namespaces?: TablePage['namespaces'];
}

/**
 * @param milliseconds to look for the holders of sockets
 * @param readSockets in the first namespace; in the others there are files alone
 * @param others undefined where one namespace is read
 */
export const createPageReading = (
  places: Places,
  machine: Machine,
  memory: SocketPageMemory,
  milliseconds: number,
  readSockets: ReadSockets,
  others: OtherNamespaces | undefined,
): ReadPage => {
  /** Undefined where there is no such namespace, or it is gone. */
  const placeOf = (netns: string | undefined, proceed: (() => void) | undefined): Place | undefined => {
    const found = others?.find();
    const namespaces = found && {
      read: netns ?? found.home.netns,
      all: [found.home, ...found.others].map(each => each.netns),
    };
    if (namespaces === undefined || namespaces.read === found?.home.netns) {
      return { source: directory(places, machine, proceed), isThere: () => true, readSockets, namespaces };
    }
    const namespace = found?.others.find(each => each.netns === netns);
    const standIn = namespace && others?.standIn(namespace, proceed);
    return standIn && { ...standIn, readSockets: readCollector, namespaces };
  };

  return function* (query, collectors, proceed) {
    const start = performance.now();
    const seconds = (): number => (performance.now() - start) / MILLISECONDS_PER_SECOND;
    try {
      const place = placeOf(query.netns, proceed);
      if (place === undefined) {
        yield [PAGE, { status: 'absent', seconds: seconds() }];
        return;
      }
      const page = yield* readTable(
        ...([query, collectors, place.source, memory, milliseconds, proceed] as const),
        (collector, from, ofCollector, reading, ...rest) =>
          place.readSockets(collector, from, ofCollector, { ...reading, proceed }, ...rest),
      );
      if (!place.isThere()) throw new Error('the process below which it was read has left the namespace');
      const data: TablePage = { ...page, namespaces: place.namespaces };
      yield [PAGE, wholly(data, seconds())];
    } catch (error) {
      yield [PAGE, failedOutcome(error, seconds())];
    }
  };
};
