/** Unix sockets as `netstat -x` prints them, but with their whole path: it ends there at the first blank. */
import type { Socket } from '../../collectors/rows.ts';
import { shown } from './shown.ts';
import {
  programCell,
  programHeading,
  selectionWords,
  type HolderOf,
  type Selection,
  type SocketColumns,
} from './sockets.ts';

export const unixHeadings = (selection: Selection, columns: SocketColumns): readonly string[] => [
  `Active UNIX domain sockets ${selectionWords[selection]}`,
  `Proto RefCnt Flags       Type       State         I-Node  ${programHeading(columns)} Path`,
];

export const unixLine = (socket: Socket, columns: SocketColumns, holderOf: HolderOf): string => {
  const { protocol, state, inode = 0, local, detail } = socket;
  const { references, flags } = detail?.kind === 'unix' ? detail : { references: undefined, flags: [] };
  return [
    'unix '.padEnd(5),
    String(references ?? '-').padEnd(6),
    `[ ${flags.map(flag => `${flag} `).join('')}]`.padEnd(11),
    protocol.toUpperCase().padEnd(10),
    (state === 'UNCONNECTED' ? '' : state).padEnd(13),
    `${String(inode).padEnd(8)}${programCell(socket, columns, holderOf)}`,
    shown(local()),
  ].join(' ');
};
