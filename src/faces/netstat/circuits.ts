/**
 * Sockets of AX.25, NET/ROM, ROSE and X.25 as `netstat -A ax25` and its like print them, all of them whatever else it is asked
 * for; of X.25 those without a channel only with -a. Other than netstat's, queues of a link without a socket are a dash and not 0,
 * a channel is the number that the kernel prints in hexadecimal, and ROSE has its destinations.
 */
import type { Socket } from '../../collectors/rows.ts';
import { shown } from './shown.ts';

export type CircuitFamily = 'ax25' | 'netrom' | 'rose' | 'x25';

export const circuitHeadings = (family: CircuitFamily): readonly string[] => tables[family].headings;

/** @param socket of this family */
export const circuitLine = (family: CircuitFamily, socket: Socket): string => tables[family].line(socket);

interface Table {
  readonly headings: readonly string[];
  readonly line: (socket: Socket) => string;
}

const ax25: Table = {
  headings: ['Active AX.25 sockets', 'Dest       Source     Device  State        Vr/Vs    Send-Q  Recv-Q'],
  line: socket =>
    [
      ...[station(socket.remote()).padEnd(9), station(socket.local()).padEnd(9)],
      ...[device(socket).padEnd(6), words(socket).padEnd(11), frames(socket, 3), queues(socket)],
    ].join('  '),
};

const netrom: Table = {
  headings: [
    'Active NET/ROM sockets',
    'User       Dest       Source     Device  State        Vr/Vs    Send-Q  Recv-Q',
  ],
  line: socket => `${station(circuitOf(socket)?.user ?? '').padEnd(9)}  ${ax25.line(socket)}`,
};

const rose: Table = {
  headings: ['Active ROSE sockets', 'dest_addr   dest_call  src_addr    src_call  dev   lci neigh   state'],
  line(socket) {
    const { localCallsign = '', remoteCallsign = '', channel, neighbour } = circuitOf(socket) ?? {};
    const stations = [
      ...[station(socket.remote()).padEnd(10), station(remoteCallsign).padEnd(9)],
      ...[station(socket.local()).padEnd(10), station(localCallsign, '??????-?').padEnd(9)],
    ];
    const numbers = `${number(channel).padStart(3)} ${number(neighbour).padStart(5)}`;
    return `${stations.join('  ')} ${device(socket).padEnd(5)} ${numbers}   ${words(socket)}`;
  },
};

const x25: Table = {
  headings: [
    'Active X.25 sockets',
    'Dest         Source          Device  LCI  State        Vr/Vs  Send-Q  Recv-Q',
  ],
  line(socket) {
    const places = `${station(socket.remote()).padEnd(15)} ${station(socket.local()).padEnd(15)}`;
    const channel = number(circuitOf(socket)?.channel).padEnd(3);
    const rest = [channel, word(socket).padEnd(11), frames(socket, 2), queues(socket)];
    return `${places} ${device(socket).padEnd(7)} ${rest.join('  ')}`;
  },
};

const tables: Readonly<Record<CircuitFamily, Table>> = { ax25, netrom, rose, x25 };

/** What the kernel does not tell. */
const UNTOLD = '-';

const circuitOf = ({ detail }: Socket) => (detail?.kind === 'circuit' ? detail : undefined);

const station = (text: string, none = '*'): string => (text === '' ? none : shown(text));

const device = ({ device }: Socket): string => (device === '' ? '???' : shown(device ?? UNTOLD));

const word = ({ state }: Socket): string => (state === 'other' ? 'UNKNOWN' : state);

/** Only X.25 has a stroke between them. */
const words = (socket: Socket): string => word(socket).replaceAll('_', ' ');

const frames = (socket: Socket, digits: number): string => {
  const circuit = circuitOf(socket);
  return [circuit?.received, circuit?.sent]
    .map(each => (each === undefined ? UNTOLD.padStart(digits) : String(each).padStart(digits, '0')))
    .join('/');
};

const queues = ({ sendQueue, receiveQueue }: Socket): string =>
  `${number(sendQueue).padEnd(6)}  ${number(receiveQueue).padEnd(6)}`;

const number = (value: number | undefined): string => (value === undefined ? UNTOLD : String(value));
