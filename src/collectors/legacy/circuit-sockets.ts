/**
 * /proc/net/{ax25,nr,rose,x25/socket}: one line a socket of AX.25, NET/ROM, ROSE and X.25, which all connect by way of
 * circuits. Printed by ax25_info_show() in net/ax25/af_ax25.c, nr_info_show() in net/netrom/af_netrom.c,
 * rose_info_show() in net/rose/af_rose.c and x25_seq_socket_show() in net/x25/x25_proc.c. Their queues are memory charged
 * to the socket, as those of UDP are. Headers have a word for every field and differ, but name what is read here alike.
 */
import type { AddressFamily } from '../../metrics/label.ts';
import type { Fold } from '../../text/fold.ts';
import { requiredColumn, headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { receiveMemory, sendMemory, socketsByState, UNTOLD } from '../sockets/families.ts';

interface CircuitTally {
  /** Indexed as the kernel numbers states; whatever is beyond them is counted by the last. */
  readonly sockets: Float64Array;
  receiveMemoryBytes: number;
  sendMemoryBytes: number;
}

interface Columns {
  readonly state: number;
  readonly sendQueue: number;
  readonly receiveQueue: number;
  /** The inode, where the kernel prints one. */
  readonly last: number;
}

type CircuitFold = Fold<Line, CircuitTally>;

const named = (header: Line): Columns => {
  const receiveQueue = requiredColumn(header, 'Rcv-Q');
  const hasInode = ['inode', 'Inode'].some(word => header.is(receiveQueue + 1, word));
  return {
    state: requiredColumn(header, 'st'),
    sendQueue: requiredColumn(header, 'Snd-Q'),
    receiveQueue,
    last: hasInode ? receiveQueue + 1 : receiveQueue,
  };
};

const circuitLines = (
  states: number,
  { state, sendQueue, receiveQueue, last }: Columns,
  lacksSocket: (line: Line) => boolean = () => false,
): CircuitFold => {
  const tally = { sockets: new Float64Array(states), receiveMemoryBytes: 0, sendMemoryBytes: 0 };

  const count = (line: Line, sent: number, received: number): void => {
    const known = Math.min(line.decimal(state), states - 1);
    tally.sockets[known] = (tally.sockets[known] ?? 0) + 1;
    tally.sendMemoryBytes += sent;
    tally.receiveMemoryBytes += received;
  };

  return {
    add(line) {
      if (lacksSocket(line)) {
        count(line, 0, 0);
        return;
      }
      const sent = line.decimal(sendQueue);
      const received = line.decimal(receiveQueue);
      line.decimal(last);
      count(line, sent, received);
    },
    end: () => tally,
  };
};

/** Without a header since 2.1: pointer, device, source and destination stand before the state, sixteen others behind it. */
const unnamed: Columns = { state: 4, sendQueue: 21, receiveQueue: 22, last: 23 };

/**
 * AX.25 lists its control blocks. One without a socket is a link that the kernel itself holds, for NET/ROM, ROSE or
 * IP: it has stars in the place of queues and inode, and in the layout of 2.0 nothing.
 */
const ax25Lines = (states: number): CircuitFold => {
  const withoutHeader = (): CircuitFold =>
    circuitLines(states, unnamed, line =>
      [unnamed.sendQueue, unnamed.receiveQueue, unnamed.last].every(field => line.is(field, '*')),
    );
  const withHeader = (header: Line): CircuitFold => {
    const columns = named(header);
    return circuitLines(states, columns, line => line.count === columns.sendQueue);
  };
  let fold: CircuitFold | undefined;

  return {
    add(line) {
      if (fold === undefined && line.is(0, 'dest_addr')) {
        fold = withHeader(line);
        return;
      }
      fold ??= withoutHeader();
      fold.add(line);
    },
    end: () => (fold ?? withoutHeader()).end(),
  };
};

const rowsBelow =
  (header: string) =>
  (states: number): CircuitFold =>
    headed(header, line => circuitLines(states, named(line)));

/** @param words netstat's words for the states, in the kernel's order */
const circuitSockets = <const Name extends string>(
  { name, file, otherwise = [] }: { name: Name; file: string; otherwise?: readonly string[] },
  family: AddressFamily,
  about: string,
  words: readonly string[],
  lines: (states: number) => CircuitFold,
) => {
  const states = [...words, 'other'] as const;
  return collector({
    name,
    file,
    otherwise,
    about,
    fold: () => lines(states.length),
    families: [
      socketsByState(
        family,
        [UNTOLD],
        states,
        ({ sockets }: CircuitTally, _, state) => sockets[states.indexOf(state)] ?? 0,
      ),
      receiveMemory(family, [UNTOLD], ({ receiveMemoryBytes }: CircuitTally) => receiveMemoryBytes),
      sendMemory(family, [UNTOLD], ({ sendMemoryBytes }: CircuitTally) => sendMemoryBytes),
    ],
  });
};

export const ax25 = circuitSockets(
  { name: 'ax25', file: 'net/ax25' },
  'ax25',
  'AX.25 sockets, and links without one, by state with their memory.',
  ['LISTENING', 'SABM_SENT', 'DISC_SENT', 'ESTABLISHED', 'RECOVERY'],
  ax25Lines,
);

export const nr = circuitSockets(
  { name: 'nr', file: 'net/nr' },
  'netrom',
  'NET/ROM sockets by state with their memory.',
  ['LISTENING', 'CONN_SENT', 'DISC_SENT', 'ESTABLISHED'],
  rowsBelow('user_addr dest_node src_node dev'),
);

export const rose = circuitSockets(
  { name: 'rose', file: 'net/rose' },
  'rose',
  'ROSE sockets by state with their memory.',
  ['LISTENING', 'CONN_SENT', 'DISC_SENT', 'ESTABLISHED', 'RESETTING', 'DEFERRED'],
  rowsBelow('dest_addr dest_call src_addr src_call dev'),
);

export const x25 = circuitSockets(
  // Up to 2.4 it is a file, and then a folder.
  { name: 'x25', file: 'net/x25/socket', otherwise: ['net/x25'] },
  'x25',
  'X.25 sockets by state with their memory.',
  ['LISTENING', 'SABM_SENT', 'DISC_SENT', 'ESTABLISHED', 'RECOVERY', 'DEFERRED'],
  rowsBelow('dest_addr src_addr dev lci'),
);
