/**
 * Sockets of IPX as `netstat --ipx` prints them, all of them whatever else it is asked for; and sockets of AppleTalk, of which it
 * prints nothing, in the same manner with their type. Other than netstat's, Recv-Q and Send-Q are below their own headings, numbers
 * of sockets keep the order of bytes that the kernel gave them, and addresses without a network and users are what the kernel prints.
 */
import type { Socket } from '../../collectors/rows.ts';
import type { Names } from './names.ts';
import { shown } from './shown.ts';

export interface DatagramOptions {
  /** With the user. */
  readonly extended: boolean;
}

export const ipxHeadings = ({ extended }: DatagramOptions): readonly string[] => [
  'Active IPX sockets',
  `${FIRST_HEADINGS} State${userHeading(extended)}`,
];

export const ipxLine = (socket: Socket, { extended }: DatagramOptions, names: Names): string =>
  [...placesOf('IPX', socket, 4), stateOf(socket), ...userOf(socket, extended, names)].join(' ');

export const ddpHeadings = ({ extended }: DatagramOptions): readonly string[] => [
  'Active DDP sockets',
  `${FIRST_HEADINGS} Type  State${userHeading(extended)}`,
];

export const ddpLine = (socket: Socket, { extended }: DatagramOptions, names: Names): string =>
  [
    ...[...placesOf('DDP', socket, 2), typeOf(socket), stateOf(socket)],
    ...userOf(socket, extended, names),
  ].join(' ');

const FIRST_HEADINGS = 'Proto Recv-Q Send-Q Local Address              Foreign Address           ';

const userHeading = (extended: boolean): string => (extended ? ' User' : '');

/** @param digits those of the number of a socket, which is hexadecimal as the address before it */
const placesOf = (name: string, socket: Socket, digits: number): readonly string[] => {
  const { receiveQueue, sendQueue, local, localPort, remote, remotePort } = socket;
  const place = (address: string, port: number | undefined): string => {
    if (address === '') return NONE;
    const number = port?.toString(16).toUpperCase().padStart(digits, '0');
    return number === undefined ? shown(address) : `${shown(address)}:${number}`;
  };
  return [
    ...[name.padEnd(5), `${receiveQueue ?? NONE}`.padStart(6), `${sendQueue ?? NONE}`.padStart(6)],
    ...[place(local(), localPort).padEnd(26), place(remote(), remotePort).padEnd(26)],
  ];
};

const NONE = '-';

/** Netstat's own words, and none for one that is not connected. */
const stateOf = ({ state }: Socket): string => (stateWords[state] ?? 'UNK.').padEnd(5);
const stateWords: Readonly<Record<string, string>> = { ESTABLISHED: 'ESTAB', UNCONNECTED: '' };

const typeOf = ({ protocol }: Socket): string =>
  (protocol === 'other' ? 'UNK.' : protocol.toUpperCase()).padEnd(5);

const userOf = ({ uid }: Socket, extended: boolean, names: Names): readonly string[] =>
  extended ? [(uid === undefined ? NONE : shown(names.user(uid))).padEnd(10)] : [];
