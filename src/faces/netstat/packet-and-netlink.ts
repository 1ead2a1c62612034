/** Packet and netlink sockets, in the manner of netstat, which does not know them. */
import type { Socket } from '../../collectors/rows.ts';
import type { Names } from './names.ts';
import { shown } from './shown.ts';
import { programCell, programHeading, type HolderOf, type SocketColumns } from './sockets.ts';

export const packetHeadings = (columns: SocketColumns): readonly string[] => [
  'Active packet sockets',
  `Proto RefCnt Recv-Q Type    EtherType Iface Running${userHeading(columns)}${programHeading(columns)}`,
];

/** The interface is told by its number, and the protocol as the kernel numbers it: 0003 takes every frame. */
export const packetLine = (
  socket: Socket,
  columns: SocketColumns,
  names: Names,
  holderOf: HolderOf,
): string => {
  const { protocol, receiveQueue, detail } = socket;
  const packet = detail?.kind === 'packet' ? detail : undefined;
  return (
    [
      'packet',
      number(packet?.references).padEnd(5),
      number(receiveQueue).padStart(6),
      protocol.padEnd(7),
      (packet === undefined ? '-' : packet.etherType.toString(16).padStart(4, '0')).padEnd(9),
      (packet?.interfaceIndex === 0 ? '*' : number(packet?.interfaceIndex)).padEnd(5),
      (packet === undefined ? '-' : packet.isRunning ? 'yes' : 'no').padEnd(7),
    ].join(' ') +
    userCells(socket, columns, names) +
    programCell(socket, columns, holderOf)
  );
};

export const netlinkHeadings = (columns: SocketColumns): readonly string[] => [
  'Active netlink sockets',
  `Proto   Recv-Q Send-Q Family         Port-Id    Groups    Drops ${columns.extended ? ' Inode     ' : ''}${programHeading(columns)}`,
];

export const netlinkLine = (socket: Socket, columns: SocketColumns, holderOf: HolderOf): string => {
  const { protocol, receiveQueue, sendQueue, inode, detail } = socket;
  const netlink = detail?.kind === 'netlink' ? detail : undefined;
  return (
    [
      'netlink',
      number(receiveQueue).padStart(6),
      number(sendQueue).padStart(6),
      protocol.padEnd(14),
      number(netlink?.portId).padEnd(10),
      shown(netlink?.groups ?? '-').padEnd(9),
      number(netlink?.drops).padEnd(6),
    ].join(' ') +
    (columns.extended ? ` ${number(inode).padEnd(10)}` : '') +
    programCell(socket, columns, holderOf)
  );
};

const number = (value: number | undefined): string => (value === undefined ? '-' : String(value));

const userHeading = ({ extended }: SocketColumns): string => (extended ? ' User       Inode     ' : '');

const userCells = ({ uid, inode }: Socket, { extended }: SocketColumns, names: Names): string =>
  extended ? ` ${(uid === undefined ? '-' : names.user(uid)).padEnd(10)} ${number(inode).padEnd(10)}` : '';
