/** What `show` makes of one row: a line as netstat prints it, or an object of JSON. */
import type { Group, Interface, Route, Session, Socket } from '../collectors/rows.ts';
import { groupLine } from '../faces/netstat/groups.ts';
import { interfaceLines } from '../faces/netstat/interfaces.ts';
import type { Names } from '../faces/netstat/names.ts';
import { natLine } from '../faces/netstat/nat.ts';
import { routeLine, type NeighbourOf, type RouteOptions } from '../faces/netstat/routes.ts';
import { socketTables, type SocketTableName } from '../faces/netstat/socket-tables.ts';
import { chosenStatistics, statisticLines, type StatisticRow } from '../faces/netstat/statistics.ts';
import { jsonOf, rowAsObject } from '../faces/tables/as-json.ts';
import { interfaceColumns, rowsOf, statisticColumns, type Detail } from '../faces/tables/shown.ts';
import { createUserNames } from '../procfs/users.ts';
import type { Holders } from '../snapshot/holders.ts';
import { createSocketView } from '../snapshot/shown-socket.ts';
import { tables, type Column } from '../snapshot/tables.ts';
import type { ShowOptions } from '../show-options.ts';
import { natOptions, interfaceOptions, socketColumns, statisticOptions } from './show-layout.ts';

export interface RowTexts {
  readonly socket: (table: SocketTableName, socket: Socket) => string;
  readonly route: (route: Route, layout: RouteOptions, neighbourOf: NeighbourOf) => string;
  readonly interface: (each: Interface) => readonly string[];
  readonly group: (group: Group) => string;
  readonly session: (session: Session) => string;
  readonly statistics: (rows: readonly StatisticRow[]) => readonly string[];
}

export const asText = (options: ShowOptions, names: Names, holders: Holders | undefined): RowTexts => {
  const columns = socketColumns(options);
  const holderOf = ({ inode }: Pick<Socket, 'inode'>) => holders?.holderOf(inode);
  return {
    socket: (table, socket) => socketTables[table].line(socket, columns, names, holderOf),
    route: (route, layout, neighbourOf) => routeLine(route, layout, names, neighbourOf),
    interface: each => interfaceLines(each, interfaceOptions(options)),
    group: group => groupLine(group, names),
    session: session => natLine(session, natOptions(options), names),
    statistics: rows => statisticLines(rows, statisticOptions(options)),
  };
};

/** Names, columns and units are those of /tables. Of programs nothing is told unless -p asks for them. */
export const asJson = (options: ShowOptions, holders: Holders | undefined): RowTexts => {
  const view = createSocketView({
    userOf: createUserNames(options.paths.procfs),
    holderOf(inode) {
      const nobody = { pid: undefined, program: holders === undefined ? undefined : '', command: undefined };
      return holders?.holderOf(inode) ?? nobody;
    },
    // Nobody has watched.
    ageOf: () => undefined,
  });
  return {
    socket(_table, socket) {
      const shown = view.show(socket);
      return rowJson(tables.sockets.columns, shown, shown.detail);
    },
    route: route => rowJson(tables.routes.columns, route, route.detail),
    interface: each => [rowJson(interfaceColumns, each)],
    group: group => rowJson(tables.groups.columns, group),
    session: session => rowJson(tables.nat.columns, session, session.sequence),
    statistics: rows =>
      [...chosenStatistics(rows, statisticOptions(options))].map(row => rowJson(statisticColumns, row)),
  };
};

const rowJson = <Row>(columns: readonly Column<Row>[], row: Row, detail?: Detail): string =>
  rowsOf(columns, [row], () => detail)
    .map(shown => jsonOf(rowAsObject(columns, shown)))
    .join('');
