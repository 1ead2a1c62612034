/**
 * /proc/net/netlink: one line a netlink socket, those of the kernel itself included, printed by
 * netlink_native_seq_show() in net/netlink/af_netlink.c. Drops came first, the inode later; Dump was a pointer once. Wmem is
 * left out: a message is charged to whoever is to read it as soon as it is sent.
 */
import { columnOf, headed, requiredColumn } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { collector, type Memory } from '../collector.ts';
import type { RowsAsk, Socket, SocketDetail } from '../rows.ts';
import { drops, receiveMemory, socketsByState, UNTOLD } from './families.ts';
import { decimalIn, nothingTold, told } from './told.ts';

const HEADER = 'sk Eth';

/** include/uapi/linux/netlink.h, without what no kernel has had for many years. */
const numbered = [
  [0, 'route'],
  [2, 'usersock'],
  [4, 'sock_diag'],
  [5, 'nflog'],
  [6, 'xfrm'],
  [7, 'selinux'],
  [8, 'iscsi'],
  [9, 'audit'],
  [10, 'fib_lookup'],
  [11, 'connector'],
  [12, 'netfilter'],
  [15, 'kobject_uevent'],
  [16, 'generic'],
  [18, 'scsitransport'],
  [20, 'rdma'],
  [21, 'crypto'],
  [22, 'smc'],
] as const;

const protocols = [...numbered.map(([, protocol]) => protocol), 'other' as const];
const OTHER = numbered.length;
const positions: ReadonlyMap<number, number> = new Map(numbered.map(([number], i) => [number, i]));

/** One number for each protocol, in their order. */
interface NetlinkTally {
  readonly sockets: Float64Array;
  readonly receiveMemoryBytes: Float64Array;
  /** Undefined where the kernel does not tell them, or not whose they are. */
  drops: readonly number[] | undefined;
}

interface NetlinkRow {
  /** Index in the protocols. */
  protocol: number;
  receiveBytes: number;
  sendBytes: number;
  /** 0 where drops are not told. */
  dropped: number;
  inode: number;
}

/** Reads what is counted of a row, always into the same object. */
const rowReader = (header: Line) => {
  const column = {
    protocol: requiredColumn(header, 'Eth'),
    receiveMemory: requiredColumn(header, 'Rmem'),
    sendMemory: requiredColumn(header, 'Wmem'),
    locks: requiredColumn(header, 'Locks'),
  };
  const dropsColumn = columnOf(header, 'Drops');
  const inodeColumn = columnOf(header, 'Inode');
  const tellsDrops = dropsColumn !== undefined && inodeColumn !== undefined;
  const row: NetlinkRow = { protocol: OTHER, receiveBytes: 0, sendBytes: 0, dropped: 0, inode: 0 };
  const read = (line: Line): Readonly<NetlinkRow> => {
    row.protocol = positions.get(line.decimal(column.protocol)) ?? OTHER;
    row.receiveBytes = line.decimal(column.receiveMemory);
    row.sendBytes = line.decimal(column.sendMemory);
    line.decimal(column.locks);
    if (tellsDrops) {
      row.dropped = line.decimal(dropsColumn);
      row.inode = line.decimal(inodeColumn);
    }
    return row;
  };
  return { read, tellsDrops };
};

const netlinkTally = (header: Line, memory: Memory): Fold<Line, NetlinkTally> => {
  const { read, tellsDrops } = rowReader(header);
  // All of them begin a reading, or what is gone from one protocol would be remembered until it has drops again.
  const increments = tellsDrops ? protocols.map(protocol => memory.increments(protocol)) : undefined;
  const tally: NetlinkTally = {
    sockets: new Float64Array(protocols.length),
    receiveMemoryBytes: new Float64Array(protocols.length),
    drops: undefined,
  };
  const add = (sums: Float64Array, at: number, amount: number): void => {
    sums[at] = (sums[at] ?? 0) + amount;
  };

  return {
    add(line) {
      const { protocol, receiveBytes, dropped, inode } = read(line);
      add(tally.sockets, protocol, 1);
      add(tally.receiveMemoryBytes, protocol, receiveBytes);
      if (dropped > 0) increments?.[protocol]?.seen(inode, dropped, line);
    },
    end() {
      tally.drops = increments?.map(each => each.total());
      return tally;
    },
  };
};

const netlinkRows = (header: Line, { offer }: RowsAsk<Socket>): Fold<Line, unknown> => {
  const { read } = rowReader(header);
  const column = {
    portId: columnOf(header, 'Pid'),
    groups: columnOf(header, 'Groups'),
    drops: columnOf(header, 'Drops'),
    inode: columnOf(header, 'Inode'),
  };

  const detailIn = (line: Line): SocketDetail | undefined => {
    const { portId, groups } = column;
    if (portId === undefined || groups === undefined) return undefined;
    return told(() => ({
      kind: 'netlink',
      // Old kernels print it with a sign.
      portId: line.signed(portId) >>> 0,
      groups: line.text(groups),
      drops: decimalIn(line, column.drops),
    }));
  };

  return {
    add(line) {
      const { protocol, receiveBytes, sendBytes } = read(line);
      offer({
        ...nothingTold,
        ...{ family: 'netlink', protocol: protocols[protocol] ?? 'other', state: UNTOLD, isServer: false },
        ...{ receiveQueue: receiveBytes, sendQueue: sendBytes, inode: decimalIn(line, column.inode) },
        detail: detailIn(line),
      });
    },
    end: () => undefined,
  };
};

type Protocol = (typeof protocols)[number];

const numberOf = (numbers: ArrayLike<number>, protocol: Protocol): number | undefined =>
  numbers[protocols.indexOf(protocol)];

export const netlink = collector({
  name: 'netlink',
  file: 'net/netlink',
  about:
    'Netlink sockets, over which programs speak with the kernel, by protocol with their memory and drops.',
  fold: ({ memory }) => headed(HEADER, header => netlinkTally(header, memory)),
  rows: { of: 'sockets', fold: ask => headed(HEADER, header => netlinkRows(header, ask)) },
  families: [
    socketsByState('netlink', protocols, [UNTOLD], ({ sockets }: NetlinkTally, protocol) =>
      numberOf(sockets, protocol),
    ),
    receiveMemory('netlink', protocols, ({ receiveMemoryBytes }: NetlinkTally, protocol) =>
      numberOf(receiveMemoryBytes, protocol),
    ),
    drops('netlink', protocols, ({ drops }: NetlinkTally, protocol) =>
      drops === undefined ? undefined : numberOf(drops, protocol),
    ),
  ],
});
