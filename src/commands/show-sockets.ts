/** The sockets of `show`: one table after the other, each row as it is read, so that any number of them takes no memory. */
import type { Collector } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import type { Socket } from '../collectors/rows.ts';
import type { SocketTableName } from '../faces/netstat/socket-tables.ts';
import { isSelected } from '../faces/netstat/sockets.ts';
import type { Source } from '../procfs/source.ts';
import type { Outcome } from '../snapshot/outcome.ts';
import type { ReadSockets } from '../snapshot/read-sockets.ts';
import { readRows } from '../snapshot/rows.ts';
import type { SocketKind } from '../show-contents.ts';
import type { ShowOptions } from '../show-options.ts';
import { selectionOf } from './show-layout.ts';

interface KindOfSocket {
  readonly table: SocketTableName;
  readonly collectors: readonly string[];
  /** As netstat calls it where the kernel does not have it. */
  readonly called: string;
  /** Whether -l and -a choose among its sockets. */
  readonly hasServers: boolean;
}

const kind = (
  table: SocketTableName,
  called: string,
  names: readonly string[],
  hasServers = false,
): KindOfSocket => ({ table, called, collectors: names, hasServers });

const kinds: Readonly<Record<SocketKind, KindOfSocket>> = {
  tcp: kind('internet', 'AF INET (tcp)', ['tcp', 'tcp6'], true),
  sctp: kind('internet', 'AF INET (sctp)', ['sctp_eps', 'sctp_assocs'], true),
  udp: kind('internet', 'AF INET (udp)', ['udp', 'udp6'], true),
  udplite: kind('internet', 'AF INET (udplite)', ['udplite', 'udplite6'], true),
  raw: kind('internet', 'AF INET (raw)', ['raw', 'raw6'], true),
  unix: kind('unix', 'AF UNIX', ['unix'], true),
  ipx: kind('ipx', 'AF IPX', ['ipx']),
  ax25: kind('ax25', 'AF AX25', ['ax25']),
  x25: kind('x25', 'AF X25', ['x25'], true),
  netrom: kind('netrom', 'AF NETROM', ['nr']),
  rose: kind('rose', 'AF ROSE', ['rose']),
  l2cap: kind('l2cap', 'AF BLUETOOTH (l2cap)', ['l2cap'], true),
  rfcomm: kind('rfcomm', 'AF BLUETOOTH (rfcomm)', ['rfcomm'], true),
  ddp: kind('ddp', 'AF APPLETALK', ['ddp']),
  packet: kind('packet', 'AF PACKET', ['packet']),
  netlink: kind('netlink', 'AF NETLINK', ['netlink']),
};

/** Where the sockets go. */
export interface SocketTaker {
  /** Before the first row of a table, and where it has none. */
  readonly headings: (table: SocketTableName) => void;
  readonly row: (table: SocketTableName, socket: Socket) => void;
}

export interface Reading {
  readonly source: Source;
  /** Told of each file that was read. */
  readonly report: (collector: Collector<string, unknown>, outcome: Outcome) => void;
  /** Undefined where sockets are read from their files. */
  readonly readSockets: ReadSockets | undefined;
}

/** @returns the kinds that the kernel does not have */
export const readSockets = (
  options: ShowOptions,
  { source, report, readSockets: read }: Reading,
  { headings, row }: SocketTaker,
): readonly SocketKind[] => {
  const selection = selectionOf(options);
  const begun = new Set<SocketTableName>();
  const begin = (table: SocketTableName): void => {
    if (begun.has(table)) return;
    begun.add(table);
    headings(table);
  };

  return options.sockets.filter(name => {
    const { table, hasServers, collectors: files } = kinds[name];
    // As netstat does it: what every kernel has is told to be empty.
    if (table === 'internet' || table === 'unix') begin(table);
    const offer = (socket: Socket): void => {
      if (!isOfVersion(socket, options)) return;
      if (hasServers && !isSelected(socket, selection)) return;
      begin(table);
      row(table, socket);
    };
    let isThere = false;
    for (const file of files) {
      const collector = collectorNamed(file);
      const outcome = collector && readRows(collector, source, { sockets: offer }, read);
      if (collector === undefined || outcome === undefined) continue;
      report(collector, outcome);
      if (outcome.status !== 'absent') isThere = true;
    }
    if (isThere) begin(table);
    return !isThere;
  });
};

const collectorNamed = (name: string): Collector<string, unknown> | undefined =>
  collectors.find(each => each.name === name);

const isOfVersion = ({ family }: Socket, { ipVersions }: ShowOptions): boolean =>
  (family !== 'inet' && family !== 'inet6') || ipVersions.includes(family);

export const calledByNetstat = (name: SocketKind): string => kinds[name].called;

/** What has to be asked for before the rows can be printed: whose they are, and what their addresses are called. */
export const createLearner = () => {
  const inodes: number[] = [];
  const addresses = new Set<string>();
  return {
    inodes,
    addresses,
    taker: {
      headings: () => undefined,
      row(table, socket) {
        if (socket.inode !== undefined) inodes.push(socket.inode);
        if (table !== 'internet' || addresses.size >= ADDRESSES_LIMIT) return;
        addresses.add(unmapped(socket.local())).add(unmapped(socket.remote()));
      },
    } satisfies SocketTaker,
  };
};

/** More than can be asked for in the time that there is. */
const ADDRESSES_LIMIT = 65_536;

const unmapped = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '');
