/** Reads the rows of one table from all files that have some, in the reading thread. */
import type { Collector } from '../collectors/collector.ts';
import type { Interface, Neighbour } from '../collectors/rows.ts';
import type { Source } from '../procfs/source.ts';
import { LimitReached } from '../text/parse-error.ts';
import type { Outcome } from './outcome.ts';
import { createRowPage } from './row-page.ts';
import { readRows, type Takers } from './rows.ts';
import { takeSocketPage, type SocketPageMemory } from './socket-page.ts';
import { noPage, type TablePage, type TableQuery } from './table-page.ts';
import { tables } from './tables.ts';

export interface TableReading {
  /** Of every collector that was read; those that are ok have no data but the page. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly page: TablePage;
}

/** A host has some hundred; of a kernel that prints more the file fails. */
const NEIGHBOURS_LIMIT = 16_384;
const INTERFACES_LIMIT = 65_536;

/** @param milliseconds to look for the holders of sockets */
export const readTable = (
  query: TableQuery,
  collectors: readonly Collector<string, unknown>[],
  source: Source,
  memory: SocketPageMemory,
  milliseconds: number,
): TableReading => {
  let outcomes = new Map<string, Outcome>();
  const read = (takers: Takers): void => {
    outcomes = new Map();
    for (const collector of collectors) {
      const outcome = readRows(collector, source, takers);
      if (outcome !== undefined) outcomes.set(collector.name, outcome);
    }
  };

  const page = (): Partial<TablePage> => {
    switch (query.table) {
      case 'sockets': {
        const readTables = (offer: NonNullable<Takers['sockets']>): void => {
          read({ sockets: offer });
        };
        return takeSocketPage(query, readTables, memory, milliseconds);
      }
      case 'routes': {
        const routes = createRowPage(tables.routes, query);
        const neighbours = bounded<Neighbour>(NEIGHBOURS_LIMIT);
        read({ routes: routes.offer, neighbours: neighbours.offer });
        const { rows, ...rest } = routes.end();
        return { rows: { routes: rows }, neighbours: neighbours.all, ...rest };
      }
      case 'interfaces': {
        const interfaces = bounded<Interface>(INTERFACES_LIMIT);
        read({ interfaces: interfaces.offer });
        return { interfaces: interfaces.all };
      }
      case 'groups': {
        const groups = createRowPage(tables.groups, query);
        read({ groups: groups.offer });
        const { rows, ...rest } = groups.end();
        return { rows: { groups: rows }, ...rest };
      }
      case 'nat': {
        const sessions = createRowPage(tables.nat, query);
        read({
          nat(session) {
            if (session.nat !== '') sessions.offer(session);
          },
        });
        const { rows, ...rest } = sessions.end();
        return { rows: { nat: rows }, ...rest };
      }
    }
  };

  const told = page();
  return { outcomes, page: { ...noPage, ...told } };
};

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
