/** Sockets and their holders as the tools print them, row by row, each read without what is ours. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Namespace } from './namespaces.ts';
import { output, type Command } from './programs.ts';

export type SocketFamily = 'inet' | 'inet6' | 'unix';

export interface SocketRow {
  readonly family: SocketFamily;
  readonly protocol: string;
  /** In the words of netstat. */
  readonly state: string;
  /** The lowest, where several processes hold the socket; undefined where none is known to. */
  readonly pid: number | undefined;
}

/** A row of TCP, where tools tell more. */
export interface TcpRow extends SocketRow {
  readonly family: 'inet' | 'inet6';
  readonly receiveQueue: number;
  readonly address: string;
  readonly port: string;
  readonly peerAddress: string;
  readonly peerPort: string;
  readonly uid: number;
  readonly inode: number;
}

const versions = [
  { family: 'inet', suffix: '', ssFlag: '-4' },
  { family: 'inet6', suffix: '6', ssFlag: '-6' },
] as const;

const ssTcpStates: Readonly<Record<string, string>> = {
  ESTAB: 'ESTABLISHED',
  UNCONN: 'CLOSE',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
};

const tcpState = (word: string): string => ssTcpStates[word] ?? word.replaceAll('-', '_');
const datagramState = (word: string): string => (word === 'ESTAB' ? 'ESTABLISHED' : 'UNCONNECTED');
const unixState = (word: string): string =>
  ({ ESTAB: 'CONNECTED', LISTEN: 'LISTENING', UNCONN: 'UNCONNECTED' })[word] ?? word;

const printedBy = (namespace: Namespace, ...command: Command): string => output(namespace.inside(command));

/** Its names of programs may hold line ends, so rows are told by how they begin. */
const ssRows = (namespace: Namespace, ...flags: readonly string[]): readonly string[] =>
  printedBy(namespace, 'ss', '-H', ...flags)
    .split(/\n(?=(?:u_\w+ +)?[A-Z][A-Z0-9-]+ +\d+ +\d+ )/)
    .filter(row => row.trim() !== '');

/** `users:(("nginx",pid=12,fd=3),("nginx",pid=11,fd=3))`. */
const lowestPid = (row: string): number | undefined => {
  const pids = [...row.matchAll(/",pid=(\d+),fd=\d+\)/g)].map(([, pid]) => Number(pid));
  return pids.length === 0 ? undefined : Math.min(...pids);
};

/** `127.0.0.1:80`, `[::1]:80`, `*:80`, which is one of both IP versions, and `:::80`. */
const endOf = (text: string): { readonly address: string; readonly port: string } => {
  const colon = text.lastIndexOf(':');
  const address = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { address: address === '*' ? '::' : address, port: text.slice(colon + 1) };
};

export const tcpOfSs = (namespace: Namespace): readonly TcpRow[] =>
  versions.flatMap(({ family, ssFlag }) =>
    ssRows(namespace, ssFlag, '-tanpe').map(row => {
      const [word = '', receiveQueue, , local = '', remote = ''] = row.split(/ +/);
      const peer = endOf(remote);
      return {
        ...{ family, protocol: 'tcp', state: tcpState(word), receiveQueue: Number(receiveQueue) },
        ...{ ...endOf(local), peerAddress: peer.address, peerPort: peer.port, pid: lowestPid(row) },
        // Of root it does not speak.
        uid: Number(/ uid:(\d+) /.exec(row)?.[1] ?? 0),
        inode: Number(/ ino:(\d+) /.exec(row)?.[1] ?? 0),
      };
    }),
  );

export const tcpOfNetstat = (namespace: Namespace): readonly TcpRow[] =>
  printedBy(namespace, 'netstat', '-tanpe')
    .split('\n')
    .flatMap(line => {
      const row =
        /^(tcp6?) +(\d+) +\d+ (\S+) +(\S+) +([A-Z_0-9]+) +(\d+) +(\d+) +(?:(\d+)\/|-)/.exec(line) ??
        undefined;
      if (row === undefined) return [];
      const [, table, receiveQueue, local = '', remote = '', state = '', uid, inode, pid] = row;
      const peer = endOf(remote);
      return [
        {
          family: table === 'tcp' ? ('inet' as const) : ('inet6' as const),
          ...{ protocol: 'tcp', state, receiveQueue: Number(receiveQueue) },
          ...{ ...endOf(local), peerAddress: peer.address, peerPort: peer.port },
          ...{ uid: Number(uid), inode: Number(inode), pid: pid === undefined ? undefined : Number(pid) },
        },
      ];
    });

/** UDP, raw and unix sockets; ping sockets are in no tool. */
export const othersOfNetstat = (namespace: Namespace): readonly SocketRow[] => {
  const inet = printedBy(namespace, 'netstat', '-uwanpe')
    .split('\n')
    .flatMap(line => {
      const [, protocol, six, state, pid] =
        /^(udp|raw)(6?) +\d+ +\d+ \S+ +\S+ +(ESTABLISHED|\d+)? +\d+ +(?:\d+ +)?(?:(\d+)\/|-)/.exec(line) ??
        [];
      if (protocol === undefined) return [];
      const isConnected = state === 'ESTABLISHED';
      return [
        {
          family: six === '6' ? ('inet6' as const) : ('inet' as const),
          ...{ protocol, state: isConnected ? 'ESTABLISHED' : 'UNCONNECTED' },
          pid: pid === undefined ? undefined : Number(pid),
        },
      ];
    });
  const unix = printedBy(namespace, 'netstat', '-xanp')
    .split('\n')
    .flatMap(line => {
      const [, protocol, state = 'UNCONNECTED', pid] =
        /^unix +\d+ +\[[^\]]*\] +(STREAM|DGRAM|SEQPACKET) +([A-Z]+)? *\d+ +(?:(\d+)\/|-)/.exec(line) ?? [];
      return protocol === undefined
        ? []
        : [
            {
              ...{ family: 'unix' as const, protocol: protocol.toLowerCase(), state },
              pid: pid === undefined ? undefined : Number(pid),
            },
          ];
    });
  return [...inet, ...unix];
};

/** Likewise, but for unix connections that nobody accepted, of which it does not speak. */
export const othersOfSs = (namespace: Namespace): readonly SocketRow[] => [
  ...versions.flatMap(({ family, ssFlag }) =>
    (['udp', 'raw'] as const).flatMap(protocol =>
      ssRows(namespace, ssFlag, protocol === 'udp' ? '-uanp' : '-wanp').map(row => ({
        ...{ family, protocol, state: datagramState(row.split(' ', 1)[0] ?? '') },
        pid: lowestPid(row),
      })),
    ),
  ),
  ...ssRows(namespace, '-xanp').map(row => {
    const [kind = '', word = ''] = row.split(/ +/);
    const protocol = { u_str: 'stream', u_dgr: 'dgram', u_seq: 'seqpacket' }[kind];
    assert.ok(protocol !== undefined, row);
    return { family: 'unix' as const, protocol, state: unixState(word), pid: lowestPid(row) };
  }),
];

const kernelTcpStates = [
  ...['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT'],
  ...['CLOSE', 'CLOSE_WAIT', 'LAST_ACK', 'LISTEN', 'CLOSING'],
];
const kernelUnixStates = ['FREE', 'UNCONNECTED', 'CONNECTING', 'CONNECTED', 'DISCONNECTING'];
const kernelUnixProtocols: Readonly<Record<string, string>> = {
  '0001': 'stream',
  '0002': 'dgram',
  '0005': 'seqpacket',
};

/** All tables as the kernel has them, with the holders that are found in all of proc. */
export const allOfKernel = (namespace: Namespace): readonly SocketRow[] => {
  const holders = lowestHolders();
  const fieldsOf = (table: string): readonly (readonly string[])[] =>
    printedBy(namespace, 'cat', `/proc/net/${table}`)
      .split('\n')
      .slice(1, -1)
      .map(line => line.trim().split(/ +/));

  const inet = versions.flatMap(({ family, suffix }) =>
    ['tcp', 'udp', 'raw', 'icmp'].flatMap(protocol =>
      fieldsOf(protocol + suffix).map(fields => {
        const number = parseInt(fields[3] ?? '', 16);
        const datagram = number === 1 ? 'ESTABLISHED' : 'UNCONNECTED';
        const state = protocol === 'tcp' ? (kernelTcpStates[number - 1] ?? '') : datagram;
        return { family, protocol, state, pid: holders.get(Number(fields[9])) };
      }),
    ),
  );
  const unix = fieldsOf('unix').map(([, , , flags, type = '', state, inode]) => ({
    family: 'unix' as const,
    protocol: kernelUnixProtocols[type] ?? type,
    state: flags === '00010000' ? 'LISTENING' : (kernelUnixStates[parseInt(state ?? '', 16)] ?? ''),
    pid: holders.get(Number(inode)),
  }));
  return [...inet, ...unix];
};

/** Socket -> the lowest of the processes that hold it. */
const lowestHolders = (): ReadonlyMap<number, number> => {
  const holders = new Map<number, number>();
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  for (const pid of pids.map(Number).sort((a, b) => b - a)) {
    for (const link of linksOf(pid)) {
      const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
      if (inode !== undefined) holders.set(Number(inode), pid);
    }
  }
  return holders;
};

/** None where the process is gone meanwhile. */
const linksOf = (pid: number): readonly string[] => {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(fd => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
};

/** How many descriptors the process may have open. */
export const descriptorLimit = (pid: number): number =>
  Number(/^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))?.[1]);

/** Names of users by number: of several names the first. */
export const userNames = (): ReadonlyMap<number, string> =>
  new Map(
    output(['cat', '/etc/passwd'])
      .split('\n')
      .map(line => line.split(':'))
      .filter(([name = '', , uid = '']) => name !== '' && uid !== '')
      .reverse()
      .map(([name = '', , uid]) => [Number(uid), name] as const),
  );
