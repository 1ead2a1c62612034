/** The tables in which netstat prints sockets, in its order: which sockets are in each, its headings and its lines. */
import type { Socket } from '../../collectors/rows.ts';
import { bluetoothHeadings, bluetoothLine } from './bluetooth.ts';
import { circuitHeadings, circuitLine, type CircuitFamily } from './circuits.ts';
import { inetHeadings, inetLine } from './inet.ts';
import { ddpHeadings, ddpLine, ipxHeadings, ipxLine } from './ipx-and-ddp.ts';
import type { Names } from './names.ts';
import { netlinkHeadings, netlinkLine, packetHeadings, packetLine } from './packet-and-netlink.ts';
import { selectionWords, type HolderOf, type Selection, type SocketColumns } from './sockets.ts';
import { unixHeadings, unixLine } from './unix.ts';

export interface SocketTable {
  readonly has: (socket: Pick<Socket, 'family' | 'protocol'>) => boolean;
  readonly headings: (selection: Selection, columns: SocketColumns) => readonly string[];
  readonly line: (socket: Socket, columns: SocketColumns, names: Names, holderOf: HolderOf) => string;
}

const internet: SocketTable = {
  has: ({ family }) => family === 'inet' || family === 'inet6',
  headings: inetHeadings,
  line: inetLine,
};

const unix: SocketTable = {
  has: ({ family }) => family === 'unix',
  headings: unixHeadings,
  line: (socket, columns, _names, holderOf) => unixLine(socket, columns, holderOf),
};

const ipx: SocketTable = {
  has: ({ family }) => family === 'ipx',
  headings: (_selection, columns) => ipxHeadings(columns),
  line: ipxLine,
};

const circuits = (family: CircuitFamily): SocketTable => ({
  has: socket => socket.family === family,
  headings: () => circuitHeadings(family),
  line: socket => circuitLine(family, socket),
});

const ddp: SocketTable = {
  has: ({ family }) => family === 'ddp',
  headings: (_selection, columns) => ddpHeadings(columns),
  line: ddpLine,
};

const l2cap: SocketTable = {
  has: ({ family, protocol }) => family === 'bluetooth' && protocol === 'l2cap',
  headings: selection => [
    `Active Bluetooth connections ${selectionWords[selection]}`,
    ...bluetoothHeadings('l2cap'),
  ],
  line: bluetoothLine,
};

/** All others of Bluetooth: what else is known of them stands in the same columns. */
const rfcomm: SocketTable = {
  has: ({ family, protocol }) => family === 'bluetooth' && protocol !== 'l2cap',
  headings: () => bluetoothHeadings('rfcomm'),
  line: bluetoothLine,
};

const packet: SocketTable = {
  has: ({ family }) => family === 'packet',
  headings: (_selection, columns) => packetHeadings(columns),
  line: packetLine,
};

const netlink: SocketTable = {
  has: ({ family }) => family === 'netlink',
  headings: (_selection, columns) => netlinkHeadings(columns),
  line: (socket, columns, _names, holderOf) => netlinkLine(socket, columns, holderOf),
};

export const socketTables = {
  internet,
  unix,
  ipx,
  ax25: circuits('ax25'),
  x25: circuits('x25'),
  netrom: circuits('netrom'),
  rose: circuits('rose'),
  l2cap,
  rfcomm,
  ddp,
  packet,
  netlink,
} as const;

export type SocketTableName = keyof typeof socketTables;
