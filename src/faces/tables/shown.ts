/** A table with what was asked of it, ready to be shown in any format. */
import type { Collector } from '../../collectors/collector.ts';
import type { Interface } from '../../collectors/rows.ts';
import type { FailureReason, Snapshot } from '../../snapshot/outcome.ts';
import type { Counts, TablePage } from '../../snapshot/table-page.ts';
import { tables, type Cell, type Column, type RowTableName } from '../../snapshot/tables.ts';
import { joinInterfaces } from '../netstat/interfaces.ts';
import { statisticRows, type StatisticRow } from '../netstat/statistics.ts';
import type { TableAsk } from './ask.ts';

export interface TableShown {
  readonly ask: TableAsk;
  /** The network namespace that was read; '' where the kernel does not tell. */
  readonly netns: string;
  /** All that could be asked for; undefined where one is read. */
  readonly namespaces?: readonly string[] | undefined;
  readonly columns: readonly Heading[];
  readonly rows: readonly ShownRow[];
  /** How many rows were asked for, shown or not. */
  readonly matched: number;
  readonly counts: Counts;
  readonly unread: readonly Unread[];
}

export interface Heading {
  /** In JSON, and to sort by. */
  readonly name: string;
  readonly heading: string;
}

export interface ShownRow {
  /** One for each column; undefined is what is not known. */
  readonly cells: readonly Cell[];
  /** What only this kind of row has. */
  readonly detail: Detail | undefined;
}

/** Its values are plain data. */
export type Detail = Readonly<Record<string, unknown>>;

/** A kernel file that could not be read, wholly or in part: rows are missing. */
export interface Unread {
  readonly collector: string;
  readonly reason: FailureReason | 'skipped lines';
  readonly message: string;
}

/** What the reading thread has read of any table but the statistics. */
export const pageShown = (ask: TableAsk, netns: string, snapshot: Snapshot, page: TablePage): TableShown => {
  const { read = netns, all } = page.namespaces ?? {};
  const base = { ask, netns: read, namespaces: all, unread: unreadIn(snapshot) };
  if (ask.view === 'interfaces') {
    const chosen = interfacesIn(ask, page);
    const rows = rowsOf(interfaceColumns, chosen.slice(0, ask.limit));
    return { ...base, columns: interfaceColumns, rows, matched: chosen.length, counts: {} };
  }
  const { matched, counts } = page;
  return { ...base, matched, counts, ...rowsIn(ask.view as RowTableName, page) };
};

/** The joined rows of a page that were asked for. */
export const interfacesIn = ({ where }: TableAsk, { interfaces }: TablePage): readonly Interface[] =>
  joinInterfaces(interfaces).filter(({ device }) => where.device === undefined || device === where.device);

/** Spelled out, since a type cannot say that the rows under a name are those of its columns. */
const rowsIn = (name: RowTableName, { rows }: TablePage): Pick<TableShown, 'columns' | 'rows'> => {
  switch (name) {
    case 'sockets':
      return withColumns(tables.sockets.columns, rows.sockets, ({ detail }) => detail);
    case 'routes':
      return withColumns(tables.routes.columns, rows.routes, ({ detail }) => detail);
    case 'groups':
      return withColumns(tables.groups.columns, rows.groups);
    case 'nat':
      return withColumns(tables.nat.columns, rows.nat, ({ sequence }) => sequence);
  }
};

const withColumns = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[] = [],
  detailOf: (row: Row) => Detail | undefined = () => undefined,
): Pick<TableShown, 'columns' | 'rows'> => ({ columns, rows: rowsOf(columns, rows, detailOf) });

export const rowsOf = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  detailOf: (row: Row) => Detail | undefined = () => undefined,
): readonly ShownRow[] =>
  rows.map(row => ({ cells: columns.map(({ value }) => value(row)), detail: detailOf(row) }));

const traffic =
  (key: string) =>
  ({ traffic }: Interface): Cell =>
    traffic?.get(key);

/** Those of net/dev by its own names. */
export const interfaceColumns: readonly Column<Interface>[] = [
  { name: 'device', heading: 'Iface', value: row => row.device },
  { name: 'mtu_bytes', heading: 'MTU', value: row => row.mtuBytes },
  { name: 'flags', heading: 'Flg', value: row => row.flags },
  { name: 'operstate', heading: 'State', value: row => row.operstate },
  { name: 'speed_bytes_per_second', heading: 'Bytes/s', value: row => row.speedBytesPerSecond },
  { name: 'duplex', heading: 'Duplex', value: row => row.duplex },
  { name: 'hardware_address', heading: 'Hardware address', value: row => row.hardwareAddress },
  {
    name: 'addresses',
    heading: 'Addresses',
    value: row => row.addresses?.map(each => `${each.address}/${each.prefixLength}`).join(' '),
  },
  { name: 'receive_bytes', heading: 'RX bytes', value: traffic('receive bytes') },
  { name: 'receive_packets', heading: 'RX-OK', value: traffic('receive packets') },
  { name: 'receive_errors', heading: 'RX-ERR', value: traffic('receive errs') },
  { name: 'receive_dropped', heading: 'RX-DRP', value: traffic('receive drop') },
  { name: 'receive_fifo', heading: 'RX-OVR', value: traffic('receive fifo') },
  { name: 'receive_frame', heading: 'Frame', value: traffic('receive frame') },
  { name: 'receive_compressed', heading: 'RX compressed', value: traffic('receive compressed') },
  { name: 'receive_multicast', heading: 'Multicast', value: traffic('receive multicast') },
  { name: 'transmit_bytes', heading: 'TX bytes', value: traffic('transmit bytes') },
  { name: 'transmit_packets', heading: 'TX-OK', value: traffic('transmit packets') },
  { name: 'transmit_errors', heading: 'TX-ERR', value: traffic('transmit errs') },
  { name: 'transmit_dropped', heading: 'TX-DRP', value: traffic('transmit drop') },
  { name: 'transmit_fifo', heading: 'TX-OVR', value: traffic('transmit fifo') },
  { name: 'transmit_collisions', heading: 'Collisions', value: traffic('transmit colls') },
  { name: 'transmit_carrier', heading: 'Carrier', value: traffic('transmit carrier') },
  { name: 'transmit_compressed', heading: 'TX compressed', value: traffic('transmit compressed') },
];

/** The counters of a scrape, chosen by IP version and group. */
export const statisticsShown = (
  ask: TableAsk,
  { netns, namespaces }: Pick<TableShown, 'netns' | 'namespaces'>,
  snapshot: Snapshot,
  collectors: readonly Collector<string, unknown>[],
): TableShown => {
  const chosen = statisticsIn(ask, snapshot, collectors);
  return {
    ...{ ask, netns, namespaces, unread: unreadIn(snapshot), columns: statisticColumns },
    rows: rowsOf(statisticColumns, chosen.slice(0, ask.limit)),
    matched: chosen.length,
    counts: {},
  };
};

export const statisticsIn = (
  { where }: TableAsk,
  snapshot: Snapshot,
  collectors: readonly Collector<string, unknown>[],
): readonly StatisticRow[] =>
  statisticRows(snapshot, collectors).filter(
    ({ family, section }) =>
      (where.family === undefined || family === where.family) &&
      (where.protocol === undefined || groupOf(section) === where.protocol),
  );

/** `TcpExt` and `Tcp` are of one group, `UdpLite6` and `Udp` of two. */
const groupOf = (section: string): string => section.toLowerCase().replace(/(?:msg|ext)?6?$/, '');

export const statisticColumns: readonly Column<StatisticRow>[] = [
  { name: 'section', heading: 'Section', value: row => row.section },
  { name: 'name', heading: 'Name', value: row => row.name },
  { name: 'family', heading: 'Family', value: row => row.family },
  { name: 'kind', heading: 'Kind', value: row => row.kind },
  { name: 'value', heading: 'Value', value: row => row.value },
  { name: 'help', heading: 'Meaning', value: row => row.help },
];

export const unreadIn = (snapshot: Snapshot): readonly Unread[] =>
  [...snapshot].flatMap(([collector, outcome]): Unread[] => {
    if (outcome.status === 'failed') return [{ collector, reason: outcome.reason, message: outcome.message }];
    if (outcome.status === 'absent' || outcome.skipped.count === 0) return [];
    const { count, examples } = outcome.skipped;
    const lines = count === 1 ? '1 line' : `${count} lines`;
    const message = examples[0] === undefined ? lines : `${lines}, the first: ${examples[0]}`;
    return [{ collector, reason: 'skipped lines', message }];
  });
