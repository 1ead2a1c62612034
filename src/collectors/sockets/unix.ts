/**
 * /proc/net/unix: one line a unix socket, printed by unix_seq_show() in net/unix/af_unix.c. A path may hold any
 * byte but NUL, line ends included: what follows one is a piece of the path, unless it looks like a row; a path
 * can forge a whole row, and nothing in this file gives that away. Over netlink, which knows no paths here: struct unix_diag_msg in
 * include/uapi/linux/unix_diag.h, filled by sk_diag_fill() in net/unix/diag.c.
 */
import { headed } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import type { Machine } from '../../text/machine.ts';
import type { Message } from '../../text/message.ts';
import { collector, type Ask } from '../collector.ts';
import type { RowsAsk, Socket } from '../rows.ts';
import { socketsByState } from './families.ts';
import { unixProtocols, unixStates } from './states.ts';
import { told } from './told.ts';

type Protocol = (typeof unixProtocols)[keyof typeof unixProtocols];
type State = (typeof unixStates)[number];
type UnixTally = Readonly<Record<Protocol, Record<State, number>>>;

const field = { references: 1, flags: 3, type: 4, state: 5, inode: 6 } as const;

/** SO_ACCEPTCON: somebody called listen(). */
const LISTENING = 0x10000;
const statesByNumber = ['FREE', 'UNCONNECTED', 'CONNECTING', 'CONNECTED', 'DISCONNECTING'] as const;

const noSockets = (): Record<State, number> => ({
  FREE: 0,
  LISTENING: 0,
  UNCONNECTED: 0,
  CONNECTING: 0,
  CONNECTED: 0,
  DISCONNECTING: 0,
});

const tally = ({ ledger }: Ask): Fold<Readonly<UnixRow>, UnixTally> => {
  const sockets = { stream: noSockets(), dgram: noSockets(), seqpacket: noSockets() };
  const accountOf = (protocol: Protocol) => ledger?.account('unix', protocol, unixStates);
  const accounts = {
    stream: accountOf('stream'),
    dgram: accountOf('dgram'),
    seqpacket: accountOf('seqpacket'),
  };
  return {
    add({ protocol, state, inode }) {
      sockets[protocol][state]++;
      accounts[protocol]?.socket(inode, unixStates.indexOf(state));
    },
    end: () => sockets,
  };
};

/** What is counted and shown, whichever way it was told; filled anew for every socket. */
interface UnixRow {
  protocol: Protocol;
  state: State;
  flags: number;
  inode: number;
}

const eachRow = <T>(take: (row: Readonly<UnixRow>, line: Line) => void, end: () => T): Fold<Line, T> => {
  const row: UnixRow = { protocol: 'stream', state: 'FREE', flags: 0, inode: 0 };
  let pathMayGoOn = false;
  return {
    add(line) {
      if (!looksLikeRow(line)) {
        if (pathMayGoOn) return;
        throw line.wrong(0, 'expected a row of a unix socket');
      }
      const type = line.hex(field.type);
      if (!isKnownType(type)) throw line.wrong(field.type, 'unknown socket type');
      const state = statesByNumber[line.hex(field.state)];
      if (state === undefined) throw line.wrong(field.state, 'unknown state');
      row.flags = line.hex(field.flags);
      row.inode = line.decimal(field.inode);
      row.protocol = unixProtocols[type];
      row.state = state === 'UNCONNECTED' && (row.flags & LISTENING) !== 0 ? 'LISTENING' : state;
      take(row, line);
      pathMayGoOn = line.goesOnBehind(field.inode);
    },
    end,
  };
};

const REQUEST_BYTES = 24;
const requestField = { family: 0, states: 4, show: 12 } as const;
const AF_UNIX = 1;
const EVERY_STATE = 0xffff_ffff;
/** UDIAG_SHOW_RQLEN, and the attribute that it asks for: two numbers, of which the first is the length of the queue. */
const SHOW_QUEUE_LENGTH = 0x10;
const QUEUE_ATTRIBUTE = 4;
const QUEUE_BYTES = 8;

const request = (byteOrder: Machine['byteOrder']): Uint8Array => {
  const bytes = new Uint8Array(REQUEST_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[requestField.family] = AF_UNIX;
  view.setUint32(requestField.states, EVERY_STATE, byteOrder === 'little');
  view.setUint32(requestField.show, SHOW_QUEUE_LENGTH, byteOrder === 'little');
  return bytes;
};

const messageField = { type: 1, state: 2, inode: 4, attributes: 16 } as const;
/** Of TCP, which the kernel uses for these sockets as well: include/net/tcp_states.h. */
const ESTABLISHED = 1;
const LISTEN = 10;
/** Every one of them takes memory of the kernel, and the user who connects may have so many descriptors. */
const WAITING_LIMIT = 1_048_576;

/**
 * The kernel tells only of sockets that have an inode. Those that wait to be accepted have none: they are in the queues of the
 * listeners, and so their number and their type are known, which is all that the file tells of them as well.
 */
const messages = <T>(sockets: Fold<Readonly<UnixRow>, T>): Fold<Message, T> => {
  const row: UnixRow = { protocol: 'stream', state: 'FREE', flags: 0, inode: 0 };
  return {
    add(message) {
      const inode = message.u32(messageField.inode);
      const type = message.u8(messageField.type);
      if (!isKnownType(type)) throw message.wrong(`unknown socket type ${type}`);
      const state = message.u8(messageField.state);
      const waiting = state === LISTEN ? queueLength(message) : 0;
      row.protocol = unixProtocols[type];
      row.inode = inode;
      row.state = state === ESTABLISHED ? 'CONNECTED' : state === LISTEN ? 'LISTENING' : 'UNCONNECTED';
      sockets.add(row);
      row.inode = 0;
      row.state = 'CONNECTING';
      for (let i = 0; i < waiting; i++) sockets.add(row);
    },
    end: () => sockets.end(),
  };
};

const queueLength = (message: Message): number => {
  const at = message.attribute(messageField.attributes, QUEUE_ATTRIBUTE, QUEUE_BYTES);
  const length = at < 0 ? Infinity : message.u32(at);
  if (length <= WAITING_LIMIT) return length;
  throw message.lacks('length of the queue of a listener');
};

/** net-tools prints them in this order. */
const flagWords = [
  [LISTENING, 'ACC'],
  [0x20000, 'W'],
  [0x40000, 'N'],
] as const;

/** The pieces of a path behind a line end are not shown: nothing tells them from the rows that a path can forge. */
const socketRows = ({ offer }: RowsAsk<Socket>): Fold<Line, undefined> => {
  const unnamed = (): string => '';
  return eachRow(
    ({ protocol, state, flags, inode }, line) => {
      offer({
        ...{ family: 'unix', protocol, state, isServer: state === 'LISTENING', inode },
        ...{ receiveQueue: undefined, sendQueue: undefined, uid: undefined, timer: undefined },
        ...{ localPort: undefined, remotePort: undefined, device: undefined },
        local: () => (line.goesOnBehind(field.inode) ? line.textBehind(field.inode) : ''),
        remote: unnamed,
        detail: {
          kind: 'unix',
          references: told(() => line.hex(field.references)),
          flags: flagWords.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word),
        },
      });
    },
    () => undefined,
  );
};

const isKnownType = (type: number): type is keyof typeof unixProtocols => type in unixProtocols;

const looksLikeRow = (line: Line): boolean =>
  line.endsWithColon(0) &&
  line.width(1) === 8 &&
  line.width(2) === 8 &&
  line.width(field.flags) === 8 &&
  line.width(field.type) === 4 &&
  line.width(field.state) === 2 &&
  line.has(field.inode);

const HEADER = 'Num RefCount Protocol Flags Type St Inode';

export const unix = collector({
  name: 'unix',
  file: 'net/unix',
  about: 'Unix sockets by type and state.',
  tellsSockets: true,
  fold: ask =>
    headed(HEADER, () => {
      const sockets = tally(ask);
      return eachRow(
        row => {
          sockets.add(row);
        },
        () => sockets.end(),
      );
    }),
  overNetlink: { isCheaper: false, request, fold: ask => messages(tally(ask)) },
  rows: { of: 'sockets', fold: ask => headed(HEADER, () => socketRows(ask)) },
  families: [
    socketsByState(
      'unix',
      Object.values(unixProtocols),
      unixStates,
      (sockets: UnixTally, protocol, state) => sockets[protocol][state],
    ),
  ],
});
