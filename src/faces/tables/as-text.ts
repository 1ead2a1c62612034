/** A table as netstat prints it, with all columns and without names: `netstat -anpeeo` for sockets. */
import type { Collector } from '../../collectors/collector.ts';
import type { Route, Socket } from '../../collectors/rows.ts';
import type { Snapshot } from '../../snapshot/outcome.ts';
import type { ShownSocket } from '../../snapshot/shown-socket.ts';
import type { TablePage } from '../../snapshot/table-page.ts';
import { groupHeadings, groupLine } from '../netstat/groups.ts';
import { interfaceHeadings, interfaceLines } from '../netstat/interfaces.ts';
import { numbers } from '../netstat/names.ts';
import { natHeadings, natLine } from '../netstat/nat.ts';
import { routeHeadings, routeLine, type NeighbourOf } from '../netstat/routes.ts';
import { shown } from '../netstat/shown.ts';
import { socketTables } from '../netstat/socket-tables.ts';
import type { HolderOf, SocketColumns } from '../netstat/sockets.ts';
import { statisticLines } from '../netstat/statistics.ts';
import { ROWS_LIMIT, type TableAsk } from './ask.ts';
import { interfacesIn, statisticsIn, type TableShown } from './shown.ts';

const allColumns: SocketColumns = { extended: true, programs: true, timers: true, wide: true };

export const pageAsText = (ask: TableAsk, page: TablePage): readonly string[] => {
  switch (ask.view) {
    case 'sockets':
      return socketsAsText(page.rows.sockets ?? []);
    case 'routes':
      return routesAsText(page);
    case 'interfaces':
      return interfacesAsText(ask, page);
    case 'groups':
      return [...groupHeadings(), ...(page.rows.groups ?? []).map(group => groupLine(group, numbers))];
    case 'nat':
      return [
        ...natHeadings({ isExtended: false }),
        ...(page.rows.nat ?? []).map(session => natLine(session, { isExtended: false }, numbers)),
      ];
    case 'statistics':
      return [];
  }
};

export const statisticsAsText = (
  ask: TableAsk,
  snapshot: Snapshot,
  collectors: readonly Collector<string, unknown>[],
): readonly string[] =>
  statisticLines(statisticsIn(ask, snapshot, collectors).slice(0, ask.limit), {
    families: ['inet', 'inet6'],
    protocols: [],
    isVerbose: true,
  });

/** What netstat has no words for: which rows are left out, and which could not be read. Beginning with a mark that no row begins with. */
export const notesAsText = ({ ask, rows, matched, unread }: TableShown): readonly string[] => [
  ...(rows.length < matched
    ? [`# ${rows.length} of ${matched} rows are shown (limit ${ask.limit}, at most ${ROWS_LIMIT}).`]
    : []),
  ...unread.map(
    ({ collector, reason, message }) =>
      `# Rows are missing: ${collector} could not be read, ${reason}: ${shown(message)}`,
  ),
];

/** Tables without a row are left out. */
const socketsAsText = (rows: readonly ShownSocket[]): readonly string[] =>
  Object.values(socketTables).flatMap(({ has, headings, line }) => {
    const own = rows.filter(has);
    if (own.length === 0) return [];
    return [
      ...headings('all', allColumns),
      ...own.map(row => line(asSocket(row), allColumns, numbers, () => holderIn(row))),
    ];
  });

const asSocket = (row: ShownSocket): Socket => ({ ...row, local: () => row.local, remote: () => row.remote });

const holderIn = ({ pid, command = '' }: ShownSocket): ReturnType<HolderOf> =>
  pid === undefined ? undefined : { pid, command };

interface RouteTable {
  readonly family: Route['family'];
  readonly cached: boolean;
  readonly routes: Route[];
}

/** Routes of the cache have a table of their own, with other columns. */
const routesAsText = ({ rows, neighbours }: TablePage): readonly string[] => {
  const routeTables = new Map<string, RouteTable>();
  for (const route of rows.routes ?? []) {
    const { family, isCached: cached } = route;
    const name = `${family} ${cached}`;
    const own = routeTables.get(name) ?? { family, cached, routes: [] };
    own.routes.push(route);
    routeTables.set(name, own);
  }
  const neighbourOf: NeighbourOf = (family, number) =>
    neighbours.find(each => each.family === family && each.number === number);
  return [...routeTables.values()].flatMap(({ family, cached, routes }) => {
    const options = { extended: 3, cached } as const;
    return [
      ...routeHeadings(family, options),
      ...routes.map(route => routeLine(route, options, numbers, neighbourOf)),
    ];
  });
};

const interfacesAsText = (ask: TableAsk, page: TablePage): readonly string[] => [
  ...interfaceHeadings({ extended: false }),
  ...interfacesIn(ask, page)
    .slice(0, ask.limit)
    .flatMap(each => interfaceLines(each, { extended: false })),
];
