/** Sockets of TCP, UDP, UDP-Lite, SCTP, raw and ping as `netstat -t`, `-u`, `-U`, `-S` and `-w` print them. */
import type { Socket, SocketTimer } from '../../collectors/rows.ts';
import { left, right } from './cells.ts';
import type { Names } from './names.ts';
import { shown } from './shown.ts';
import {
  programCell,
  programHeading,
  selectionWords,
  type HolderOf,
  type Selection,
  type SocketColumns,
} from './sockets.ts';

const PROTOCOL_WIDTH = 5;
const QUEUE_WIDTH = 6;
const EMPTY_QUEUE = right('0', QUEUE_WIDTH);
const ADDRESS_WIDTH = 23;
/** Of an address and its port without the colon, in a column that is not wide. */
const ADDRESS_LIMIT = ADDRESS_WIDTH - 1;
/** A port, or its name, is cut where less than this would be left of the address. */
const ADDRESS_LEAST = 4;
const STATE_WIDTH = 11;
const USER_WIDTH = 10;
const INODE_WIDTH = 10;

export const inetHeadings = (selection: Selection, columns: SocketColumns): readonly string[] => [
  `Active Internet connections ${selectionWords[selection]}`,
  'Proto Recv-Q Send-Q Local Address           Foreign Address         State      ' +
    (columns.extended ? ' User       Inode     ' : '') +
    programHeading(columns) +
    (columns.timers ? ' Timer' : ''),
];

export const inetLine = (
  socket: Socket,
  columns: SocketColumns,
  names: Names,
  holderOf: HolderOf,
): string => {
  const {
    local,
    localPort = 0,
    remote,
    remotePort = 0,
    uid = 0,
    inode = 0,
    receiveQueue,
    sendQueue,
  } = socket;
  let line = left(protocolWord(socket), PROTOCOL_WIDTH);
  line += ` ${queueCell(receiveQueue)} ${queueCell(sendQueue)}`;
  line += ` ${endCell(local(), localPort, socket, columns, names)}`;
  line += ` ${endCell(remote(), remotePort, socket, columns, names)}`;
  line += ` ${left(stateWord(socket), STATE_WIDTH)}`;
  if (columns.extended) line += ` ${left(names.user(uid), USER_WIDTH)} ${left(String(inode), INODE_WIDTH)}`;
  line += programCell(socket, columns, holderOf);
  return columns.timers ? `${line} ${timerCell(socket.timer)}` : line;
};

const wordsByProtocol: Readonly<Record<string, string>> = { udplite: 'udpl' };

const protocolWord = ({ family, protocol }: Socket): string =>
  `${wordsByProtocol[protocol] ?? protocol}${family === 'inet6' ? '6' : ''}`;

/** Nearly all queues are empty. Of an SCTP listener the kernel tells none, and netstat leaves the cell empty. */
const queueCell = (bytes: number | undefined): string =>
  bytes === 0 ? EMPTY_QUEUE : right(String(bytes ?? ''), QUEUE_WIDTH);

/** A datagram socket that is not connected has no word, and one of raw IP only the number of its state. */
const stateWord = ({ protocol, state, detail }: Socket): string => {
  if (protocol === 'raw' && detail?.kind === 'datagram') return String(detail.stateNumber);
  return state === 'UNCONNECTED' ? '' : state;
};

/** In the column of the address stands that of IPv4 also where it is mapped into IPv6: `tcp6` tells them apart. */
const MAPPED = '::ffff:';
const isMapped = (address: string): boolean => address.startsWith(MAPPED) && address.includes('.');

/** A number and most names, of which there are a hundred thousand; anything else may stand in the file of another host. */
const isPlain = /^[0-9A-Za-z.:-]*$/;

const endCell = (
  address: string,
  port: number,
  { family, protocol }: Socket,
  { wide }: SocketColumns,
  names: Names,
): string => {
  if (address === '') return left(address, ADDRESS_WIDTH);
  const named = names.host(family === 'inet6' && isMapped(address) ? address.slice(MAPPED.length) : address);
  const host = isPlain.test(named) ? named : shown(named);
  const service = names.service(port, protocol);
  if (wide || host.length + service.length <= ADDRESS_LIMIT) return left(`${host}:${service}`, ADDRESS_WIDTH);
  const kept = service.slice(0, ADDRESS_LIMIT - ADDRESS_LEAST);
  return left(`${host.slice(0, ADDRESS_LIMIT - kept.length)}:${kept}`, ADDRESS_WIDTH);
};

/** `on (0.39/0/1)`: seconds left, retransmissions and probes without an answer. */
const timerCell = (timer: SocketTimer | undefined): string => {
  if (timer === undefined) return '';
  const { kind, seconds, retransmits, probes } = timer;
  return `${kind} (${(kind === 'off' ? 0 : seconds).toFixed(2)}/${retransmits}/${probes ?? '-'})`;
};
