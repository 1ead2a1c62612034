/**
 * /proc/net/{ax25,nr,rose,x25/socket}: one line a socket of AX.25, NET/ROM, ROSE and X.25, which all connect by way of
 * circuits. Printed by ax25_info_show() in net/ax25/af_ax25.c, nr_info_show() in net/netrom/af_netrom.c,
 * rose_info_show() in net/rose/af_rose.c and x25_seq_socket_show() in net/x25/x25_proc.c. Their queues are memory charged
 * to the socket, as those of UDP are. Headers have a word for every field and differ, but name what is read here alike.
 */
import type { AddressFamily } from '../../metrics/label.ts';
import type { Fold } from '../../text/fold.ts';
import { columnOf, requiredColumn, headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import type { RowsAsk, Socket, SocketDetail } from '../rows.ts';
import { receiveMemory, sendMemory, socketsByState, UNTOLD } from '../sockets/families.ts';
import { decimalIn, nothingTold, told } from '../sockets/told.ts';

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
  /** What is not counted. */
  readonly shown: ShownColumns;
}

/** Undefined is what the family or the kernel does not have. */
interface ShownColumns {
  readonly local: number | undefined;
  readonly remote: number | undefined;
  readonly device: number | undefined;
  readonly sent: number | undefined;
  readonly received: number | undefined;
  readonly acknowledged: number | undefined;
  readonly inode: number | undefined;
  readonly user?: number | undefined;
  readonly localCallsign?: number | undefined;
  readonly remoteCallsign?: number | undefined;
  readonly channel?: number | undefined;
  readonly neighbour?: number | undefined;
  /** Whether the stations on the way stand behind the destination, with commas before them. */
  readonly hasDigipeaters?: true;
}

const named = (header: Line): Columns => {
  const receiveQueue = requiredColumn(header, 'Rcv-Q');
  const hasInode = ['inode', 'Inode'].some(word => header.is(receiveQueue + 1, word));
  const at = (word: string): number | undefined => columnOf(header, word);
  return {
    state: requiredColumn(header, 'st'),
    sendQueue: requiredColumn(header, 'Snd-Q'),
    receiveQueue,
    last: hasInode ? receiveQueue + 1 : receiveQueue,
    shown: {
      local: at('src_addr') ?? at('src_node'),
      remote: at('dest_addr') ?? at('dest_node'),
      ...{ device: at('dev'), sent: at('vs'), received: at('vr'), acknowledged: at('va') },
      inode: hasInode ? receiveQueue + 1 : undefined,
      ...{ user: at('user_addr'), localCallsign: at('src_call'), remoteCallsign: at('dest_call') },
      ...{ channel: at('lci'), neighbour: at('neigh') },
    },
  };
};

/** Without a header since 2.1: sixteen others stand between what is acknowledged and the queues. */
const unnamed: Columns = {
  ...{ state: 4, sendQueue: 21, receiveQueue: 22, last: 23 },
  shown: {
    ...{ device: 1, local: 2, remote: 3, hasDigipeaters: true },
    ...{ sent: 5, received: 6, acknowledged: 7, inode: 23 },
  },
};

/** Makes the fold of the rows. The last argument tells which of them have no socket, and so no queues. */
type Make<T> = (columns: Columns, lacksSocket: (line: Line) => boolean) => Fold<Line, T>;

/** How a file tells its columns. */
type Layout = <T>(make: Make<T>) => Fold<Line, T>;

/**
 * AX.25 lists its control blocks. One without a socket is a link that the kernel itself holds, for NET/ROM, ROSE or
 * IP: it has stars in the place of queues and inode, and in the layout of 2.0 nothing.
 */
const ax25Layout: Layout = <T>(make: Make<T>): Fold<Line, T> => {
  const withoutHeader = (): Fold<Line, T> =>
    make(unnamed, line =>
      [unnamed.sendQueue, unnamed.receiveQueue, unnamed.last].every(field => line.is(field, '*')),
    );
  const withHeader = (header: Line): Fold<Line, T> => {
    const columns = named(header);
    return make(columns, line => line.count === columns.sendQueue);
  };
  let fold: Fold<Line, T> | undefined;

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

const below =
  (header: string): Layout =>
  make =>
    headed(header, line => make(named(line), () => false));

interface CircuitRow {
  /** Index in the states. */
  state: number;
  hasSocket: boolean;
  /** 0 where there is no socket. */
  sendBytes: number;
  receiveBytes: number;
}

/** Reads what is counted of a row, always into the same object. */
const rowReader = (
  states: number,
  { state, sendQueue, receiveQueue, last }: Columns,
  lacksSocket: (line: Line) => boolean,
): ((line: Line) => Readonly<CircuitRow>) => {
  const row: CircuitRow = { state: 0, hasSocket: false, sendBytes: 0, receiveBytes: 0 };
  return line => {
    row.hasSocket = !lacksSocket(line);
    row.sendBytes = row.hasSocket ? line.decimal(sendQueue) : 0;
    row.receiveBytes = row.hasSocket ? line.decimal(receiveQueue) : 0;
    if (row.hasSocket) line.decimal(last);
    row.state = Math.min(line.decimal(state), states - 1);
    return row;
  };
};

const tallyOf =
  (states: number): Make<CircuitTally> =>
  (columns, lacksSocket) => {
    const read = rowReader(states, columns, lacksSocket);
    const tally = { sockets: new Float64Array(states), receiveMemoryBytes: 0, sendMemoryBytes: 0 };
    return {
      add(line) {
        const { state, sendBytes, receiveBytes } = read(line);
        tally.sockets[state] = (tally.sockets[state] ?? 0) + 1;
        tally.sendMemoryBytes += sendBytes;
        tally.receiveMemoryBytes += receiveBytes;
      },
      end: () => tally,
    };
  };

const rowsOf =
  (family: AddressFamily, states: readonly string[], { offer }: RowsAsk<Socket>): Make<unknown> =>
  (columns, lacksSocket) => {
    const read = rowReader(states.length, columns, lacksSocket);
    const { local, remote, device, inode, hasDigipeaters } = columns.shown;
    return {
      add(line) {
        const { state, hasSocket, sendBytes, receiveBytes } = read(line);
        const word = states[state] ?? 'other';
        offer({
          ...nothingTold,
          ...{ family, protocol: UNTOLD, state: word, isServer: word === 'LISTENING' },
          receiveQueue: hasSocket ? receiveBytes : undefined,
          sendQueue: hasSocket ? sendBytes : undefined,
          local: () => stationIn(line, local) ?? '',
          remote: () => stationIn(line, remote, hasDigipeaters) ?? '',
          device: device === undefined ? undefined : told(() => deviceIn(line, device)),
          inode: hasSocket ? decimalIn(line, inode) : undefined,
          detail: detailIn(line, columns.shown),
        });
      },
      end: () => undefined,
    };
  };

/** The kernel's mark for none is what an interface may be called as well. */
const deviceIn = (line: Line, field: number): string => (line.is(field, '???') ? '' : line.text(field));

/** What the kernel prints in the place of a station or an address that there is not. */
const NO_STATION = ['*', '??????-?'];

/** A callsign or an address; a star behind it is of a station that repeats for others. */
const stationIn = (line: Line, field: number | undefined, isPath?: true): string | undefined => {
  if (field === undefined) return undefined;
  const text = told(() => line.text(field));
  const station = isPath === true ? text?.replace(/,.*$/s, '') : text;
  return station !== undefined && NO_STATION.includes(station) ? '' : station;
};

const digipeatersIn = (line: Line, field: number): readonly string[] =>
  line.contains(field, ',') ? line.text(field).split(',').slice(1) : [];

/** Undefined where the numbers of frames are not told. */
const detailIn = (line: Line, columns: ShownColumns): SocketDetail | undefined => {
  const sent = decimalIn(line, columns.sent);
  const received = decimalIn(line, columns.received);
  const acknowledged = decimalIn(line, columns.acknowledged);
  if (sent === undefined || received === undefined || acknowledged === undefined) return undefined;
  const user = stationIn(line, columns.user);
  const localCallsign = stationIn(line, columns.localCallsign);
  const remoteCallsign = stationIn(line, columns.remoteCallsign);
  const { channel: channelField, remote, hasDigipeaters } = columns;
  const channel = channelField === undefined ? undefined : told(() => line.hex(channelField));
  const neighbour = decimalIn(line, columns.neighbour);
  return {
    ...{ kind: 'circuit', sent, received, acknowledged },
    ...(user !== undefined && { user }),
    ...(localCallsign !== undefined && { localCallsign }),
    ...(remoteCallsign !== undefined && { remoteCallsign }),
    ...(channel !== undefined && { channel }),
    ...(neighbour !== undefined && { neighbour }),
    ...(hasDigipeaters && remote !== undefined && { digipeaters: digipeatersIn(line, remote) }),
  };
};

/** @param words netstat's words for the states, in the kernel's order */
const circuitSockets = <const Name extends string>(
  { name, file, otherwise = [] }: { name: Name; file: string; otherwise?: readonly string[] },
  family: AddressFamily,
  about: string,
  words: readonly string[],
  layout: Layout,
) => {
  const states = [...words, 'other'] as const;
  return collector({
    name,
    file,
    otherwise,
    about,
    fold: () => layout(tallyOf(states.length)),
    rows: { of: 'sockets', fold: ask => layout(rowsOf(family, states, ask)) },
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
  ax25Layout,
);

export const nr = circuitSockets(
  { name: 'nr', file: 'net/nr' },
  'netrom',
  'NET/ROM sockets by state with their memory.',
  ['LISTENING', 'CONN_SENT', 'DISC_SENT', 'ESTABLISHED'],
  below('user_addr dest_node src_node dev'),
);

export const rose = circuitSockets(
  { name: 'rose', file: 'net/rose' },
  'rose',
  'ROSE sockets by state with their memory.',
  ['LISTENING', 'CONN_SENT', 'DISC_SENT', 'ESTABLISHED', 'RESETTING', 'DEFERRED'],
  below('dest_addr dest_call src_addr src_call dev'),
);

export const x25 = circuitSockets(
  // Up to 2.4 it is a file, and then a folder.
  { name: 'x25', file: 'net/x25/socket', otherwise: ['net/x25'] },
  'x25',
  'X.25 sockets by state with their memory.',
  ['LISTENING', 'SABM_SENT', 'DISC_SENT', 'ESTABLISHED', 'RECOVERY', 'DEFERRED'],
  below('dest_addr src_addr dev lci'),
);
