/** Reads the rows of one table from all files that have some, in the reading thread. */
import type { Collector } from '../collectors/collector.ts';
import type { Interface, Neighbour } from '../collectors/rows.ts';
import type { Source } from '../procfs/source.ts';
import { LimitReached } from '../text/parse-error.ts';
import type { Outcome } from './outcome.ts';
import { createRowPage } from './row-page.ts';
import type { ReadSockets } from './read-sockets.ts';
import { readAllRows, type Takers } from './rows.ts';
import { takeSocketPage, type SocketPageMemory } from './socket-page.ts';
import { noPage, type TablePage, type TableQuery } from './table-page.ts';
import { tables } from './tables.ts';

/** A host has some hundred; of a kernel that prints more the file fails. The heap of the reading thread has room for twice as many. */
const NEIGHBOURS_LIMIT = 16_384;
const INTERFACES_LIMIT = 32_768;

/** Those that are ok have no data: the rows were taken as they came. */
type Read = readonly [collector: string, outcome: Outcome];

/**
 * Gives the outcome of every collector that has such rows, as soon as it is there, and the page at last. Of one that was read twice
 * the last outcome counts.
 * @param milliseconds to look for the holders of sockets
 * @param proceed asked before they are looked for; throws to end the reading
 */
export function* readTable(
  query: TableQuery,
  collectors: readonly Collector<string, unknown>[],
  source: Source,
  memory: SocketPageMemory,
  milliseconds: number,
  proceed?: () => void,
  readSockets?: ReadSockets,
): Generator<Read, TablePage> {
  /** @returns whether none of them failed */
  function* read(takers: Takers): Generator<Read, boolean> {
    let isWhole = true;
    for (const each of readAllRows(collectors, source, takers, readSockets)) {
      isWhole &&= each[1].status !== 'failed';
      yield each;
    }
    return isWhole;
  }

  function* page(): Generator<Read, Partial<TablePage>> {
    switch (query.table) {
      case 'sockets': {
        const readTables = function* (offer: NonNullable<Takers['sockets']>): Generator<Read, boolean> {
          const isWhole = yield* read({ sockets: offer });
          proceed?.();
          return isWhole;
        };
        return yield* takeSocketPage(query, readTables, memory, milliseconds);
      }
      case 'routes': {
        const routes = createRowPage(tables.routes, query);
        const neighbours = bounded<Neighbour>(NEIGHBOURS_LIMIT);
        yield* read({ routes: routes.offer, neighbours: neighbours.offer });
        const { rows, ...rest } = routes.end();
        return { rows: { routes: rows }, neighbours: neighbours.all, ...rest };
      }
      case 'interfaces': {
        const interfaces = bounded<Interface>(INTERFACES_LIMIT);
        yield* read({ interfaces: interfaces.offer });
        return { interfaces: interfaces.all };
      }
      case 'groups': {
        const groups = createRowPage(tables.groups, query);
        yield* read({ groups: groups.offer });
        const { rows, ...rest } = groups.end();
        return { rows: { groups: rows }, ...rest };
      }
      case 'nat': {
        const sessions = createRowPage(tables.nat, query);
        yield* read({
          nat(session) {
            if (session.nat !== '') sessions.offer(session);
          },
        });
        const { rows, ...rest } = sessions.end();
        return { rows: { nat: rows }, ...rest };
      }
    }
  }

  return { ...noPage, ...(yield* page()) };
}

const bounded = <Row>(limit: number) => {
  const all: Row[] = [];
  return {
    all,
    offer: (row: Row): void => {
      if (all.length === limit) throw new LimitReached(`more than ${limit} rows`, 0);
      all.push(row);
    },
  };
};
