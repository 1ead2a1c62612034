/** The tables that can be asked for: their columns, what their rows can be chosen by, and what is counted of them. */
import type { Group, Route, Session, SocketTimer } from '../collectors/rows.ts';
import { NO_PROGRAM } from '../collectors/owned-sockets.ts';
import type { ShownSocket } from './shown-socket.ts';

export type Cell = string | number | boolean | undefined;

export interface Column<Row> {
  /** In JSON, and to sort by. */
  readonly name: string;
  readonly heading: string;
  readonly value: (row: Row) => Cell;
}

export const filterNames = [
  ...(['state', 'family', 'protocol', 'program', 'user', 'port', 'device', 'age'] as const),
] as const;
export type FilterName = (typeof filterNames)[number];

/** Whether a row is one of those that were asked for. Only what a row has can be asked of it. */
type Filters<Row> = Partial<Readonly<Record<FilterName, (row: Row, wanted: string) => boolean>>>;

export interface Table<Row> {
  readonly columns: readonly Column<Row>[];
  readonly filters: Filters<Row>;
  /** Columns whose values are counted over all rows that were asked for; each is a filter as well. */
  readonly counted: readonly FilterName[];
}

/** What the rows of a table are when they are shown. Interfaces are joined from several files, so they are read whole. */
export interface ShownRows {
  readonly sockets: ShownSocket;
  readonly routes: Route;
  readonly groups: Group;
  readonly nat: Session;
}
export type RowTableName = keyof ShownRows;

const column = <Row>(name: string, heading: string, value: (row: Row) => Cell): Column<Row> => ({
  name,
  heading,
  value,
});

/** How to ask for the sockets that nobody is known to hold: an empty field of a form asks for nothing. */
export const NOBODY = '-';

const isPort = (port: number | undefined, wanted: string): boolean =>
  port !== undefined && String(port) === wanted;

const timerPart = (part: keyof SocketTimer) => (socket: ShownSocket) => socket.timer?.[part];

const sockets: Table<ShownSocket> = {
  columns: [
    column('family', 'Family', row => row.family),
    column('protocol', 'Proto', row => row.protocol),
    column('receive_queue', 'Recv-Q', row => row.receiveQueue),
    column('send_queue', 'Send-Q', row => row.sendQueue),
    column('local_address', 'Local address', row => row.local),
    column('local_port', 'Port', row => row.localPort),
    column('remote_address', 'Foreign address', row => row.remote),
    column('remote_port', 'Port', row => row.remotePort),
    column('state', 'State', row => row.state),
    column('age_seconds', 'Seen for at least', row => row.ageSeconds),
    column('program', 'Program', row => row.program),
    column('pid', 'PID', row => row.pid),
    column('command', 'Command', row => row.command),
    column('user', 'User', row => row.user),
    column('uid', 'UID', row => row.uid),
    column('inode', 'Inode', row => row.inode),
    column('device', 'Device', row => row.device),
    column('timer', 'Timer', timerPart('kind')),
    column('timer_seconds', 'Ends in', timerPart('seconds')),
    column('retransmits', 'Retransmits', timerPart('retransmits')),
    column('probes', 'Probes', timerPart('probes')),
    column('drops', 'Drops', row =>
      row.detail?.kind === 'datagram' || row.detail?.kind === 'netlink' ? row.detail.drops : undefined,
    ),
  ],
  filters: {
    state: (row, wanted) => row.state === wanted,
    family: (row, wanted) => row.family === wanted,
    protocol: (row, wanted) => row.protocol === wanted,
    user: (row, wanted) => row.uid !== undefined && (String(row.uid) === wanted || row.user === wanted),
    port: (row, wanted) => isPort(row.localPort, wanted) || isPort(row.remotePort, wanted),
    device: (row, wanted) => row.device === wanted,
    age: (row, wanted) => row.ageSeconds !== undefined && row.ageSeconds >= Number(wanted),
    program: (row, wanted) => row.program === wanted || (row.program === NO_PROGRAM && wanted === NOBODY),
  },
  counted: ['state', 'program'],
};

const routes: Table<Route> = {
  columns: [
    column('family', 'Family', row => row.family),
    column('destination', 'Destination', row => row.destination),
    column('prefix_length', 'Prefix', row => row.prefixLength),
    column('gateway', 'Gateway', row => row.gateway),
    column('mask', 'Genmask', row => row.mask),
    column('flags', 'Flags', row => row.flags),
    column('metric', 'Metric', row => row.metric),
    column('references', 'Ref', row => row.references),
    column('uses', 'Use', row => row.uses),
    column('device', 'Iface', row => row.device),
    column('mss_bytes', 'MSS', row => row.segmentBytes),
    column('window_bytes', 'Window', row => row.windowBytes),
    column('initial_round_trip_milliseconds', 'irtt', row => row.roundTripMilliseconds),
    column('cached', 'Cached', row => row.isCached),
  ],
  filters: {
    family: (row, wanted) => row.family === wanted,
    device: (row, wanted) => row.device === wanted,
  },
  counted: ['family', 'device'],
};

const groups: Table<Group> = {
  columns: [
    column('family', 'Family', row => row.family),
    column('device', 'Interface', row => row.device),
    column('users', 'RefCnt', row => row.users),
    column('group', 'Group', row => row.group),
  ],
  filters: {
    family: (row, wanted) => row.family === wanted,
    device: (row, wanted) => row.device === wanted,
  },
  counted: ['family', 'device'],
};

const nat: Table<Session> = {
  columns: [
    column('family', 'Family', row => row.family),
    column('protocol', 'Proto', row => row.protocol),
    column('state', 'State', row => row.state),
    column('nat', 'Translated', row => row.nat),
    column('expires_seconds', 'Expires in', row => row.expiresSeconds),
    column('source_address', 'Source', row => row.source),
    column('source_port', 'Port', row => row.sourcePort),
    column('destination_address', 'Destination', row => row.destination),
    column('destination_port', 'Port', row => row.destinationPort),
    column('reply_source_address', 'Reply from', row => row.replySource),
    column('reply_source_port', 'Port', row => row.replySourcePort),
    column('reply_destination_address', 'Reply to', row => row.replyDestination),
    column('reply_destination_port', 'Port', row => row.replyDestinationPort),
    column('flags', 'Flags', row => row.flags.join(' ')),
  ],
  filters: {
    state: (row, wanted) => row.state === wanted,
    family: (row, wanted) => row.family === wanted,
    protocol: (row, wanted) => row.protocol === wanted,
    port: (row, wanted) =>
      [row.sourcePort, row.destinationPort, row.replySourcePort, row.replyDestinationPort].some(port =>
        isPort(port, wanted),
      ),
  },
  counted: ['state', 'protocol'],
};

export const tables: { readonly [Name in RowTableName]: Table<ShownRows[Name]> } = {
  sockets,
  routes,
  groups,
  nat,
};
