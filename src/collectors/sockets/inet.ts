/**
 * /proc/net/{tcp,udp,udplite,raw,icmp} and their IPv6 twins: one line a socket. Printed by get_tcp4_sock(),
 * get_timewait4_sock() and get_openreq4() in net/ipv4/tcp_ipv4.c, udp4_format_sock() in net/ipv4/udp.c,
 * raw_sock_seq_show() in net/ipv4/raw.c, ping_v4_format_sock() in net/ipv4/ping.c and
 * __ip6_dgram_sock_seq_show() in net/ipv6/datagram.c. `icmp` holds ping sockets, not messages.
 */
import { eachLine } from '../../text/lines.ts';
import { ParseError } from '../../text/parse-error.ts';
import { collector, familyOf, type NetlinkAsk, type OverNetlink } from '../collector.ts';
import { kernelTotals } from '../sockstat.ts';
import { perPort, socketsByPeerPort, socketsByPort, socketsByUser } from './by-key.ts';
import { datagramTally, type DatagramProtocol, type DatagramSockets } from './datagram.ts';
import { drops, receiveMemory, sendMemory, socketsByState } from './families.ts';
import { inetLines } from './inet-line.ts';
import { BOTH_FAMILIES, inetMessages, inetRequest, isOfFamily, tcpRequest } from './inet-message.ts';
import { datagramSockets, tcpSockets } from './inet-socket.ts';
import { percentiles, type ConnectionInfo } from './port-info.ts';
import { localPortRange } from './ports.ts';
import { datagramStates, tcpStates, tcpTimers } from './states.ts';
import { tcpTally, type TcpSockets } from './tcp.ts';

type InetFamily = 'inet' | 'inet6';

/** With every number at its widest get_tcp6_sock() prints fewer than 300 bytes. */
const TCP_ROW_BYTES_LIMIT = 512;

/** @param twin the name of the collector of the other family */
const streamCollector = <const Name extends string>(name: Name, family: InetFamily, twin: string) => {
  const metric = familyOf<TcpSockets>();
  const families = { name: 'family', values: [family] } as const;
  const protocol = { name: 'protocol', values: ['tcp'] } as const;
  const queuedState = { name: 'state', values: tcpStates.filter(each => each !== 'LISTEN') } as const;

  const queue = (direction: 'receive' | 'send', help: string, bytesOf: (tally: TcpSockets) => Float64Array) =>
    metric({
      name: `socket_${direction}_queue_bytes`,
      kind: 'gauge',
      help,
      labels: [families, protocol, queuedState],
      sample(tally, emit) {
        tcpStates.forEach((each, i) => {
          if (each === 'LISTEN' || (each === 'ESTABLISHED' && tally.isLean)) return;
          emit(bytesOf(tally)[i] ?? 0, family, 'tcp', each);
        });
      },
    });

  const ofInfo = (name: string, help: string, value: (info: ConnectionInfo) => number | undefined) =>
    metric({
      name: `port_${name}`,
      kind: 'gauge',
      help,
      labels: [families, protocol, perPort],
      sample({ info }, emit) {
        for (const [port, each] of info?.ports ?? []) {
          const number = value(each);
          if (number !== undefined) emit(number, family, 'tcp', port);
        }
      },
    });

  return collector({
    name,
    file: `net/${name}`,
    tellsSockets: true,
    about: `TCP sockets over ${family === 'inet' ? 'IPv4' : 'IPv6'} by state, with their queues and timers.`,
    rowBytesLimit: TCP_ROW_BYTES_LIMIT,
    fold(ask) {
      const ephemeral = localPortRange(ask);
      return inetLines(ask.machine, () => tcpTally(family, ephemeral, ask));
    },
    rows: { of: 'sockets', fold: ask => inetLines(ask.machine, () => tcpSockets(family, ask)) },
    overNetlink: {
      isCheaper: true,
      hasExtents: true,
      request: (byteOrder, extent) => inetRequest(family, 'tcp', byteOrder, extent),
      fold(ask) {
        const inUse = ask.extent === 'lean' ? () => socketsInUse(family, ask) : undefined;
        const tally = tcpTally(family, localPortRange(ask), ask, inUse, ask.extent === 'info');
        return inetMessages(family, 'tcp', ask.machine, tally, ask.extent);
      },
      rows: ask => inetMessages(family, 'tcp', ask.machine, tcpSockets(family, ask)),
      together: {
        with: twin,
        type: BOTH_FAMILIES,
        request: tcpRequest,
        isMine: message => isOfFamily(family, message),
      },
    },
    folded: foldedKeys,
    families: [
      socketsByState(
        family,
        ['tcp'],
        tcpStates,
        ({ sockets }: TcpSockets, _, state) => sockets[tcpStates.indexOf(state)] ?? 0,
      ),
      queue(
        'receive',
        'Bytes that arrived and wait to be read by the program: growth means a reader that is stuck or too slow (rx_queue of net/tcp and net/tcp6, without LISTEN rows, whose column counts connections).',
        tally => tally.receiveQueueBytes,
      ),
      queue(
        'send',
        'Bytes written by the program that the peer has not acknowledged, those not yet sent included: growth means a slow peer or a bad path (tx_queue of net/tcp and net/tcp6, without LISTEN rows).',
        tally => tally.sendQueueBytes,
      ),
      metric({
        name: 'socket_timers',
        kind: 'gauge',
        help: 'Sockets by the timer that is pending: many on "on" wait for an acknowledgement, on "probe" for a peer that closed its window (tr of net/tcp and net/tcp6).',
        labels: [families, protocol, { name: 'timer', values: tcpTimers }],
        sample(tally, emit) {
          if (tally.isLean) return;
          tcpTimers.forEach((each, i) => {
            emit(tally.timers[i] ?? 0, family, 'tcp', each);
          });
        },
      }),
      metric({
        name: 'sockets_retransmitting',
        kind: 'gauge',
        help: 'Sockets whose last retransmission is still unanswered: their peer or the path to it is gone or losing packets (retrnsmt of net/tcp and net/tcp6 above zero).',
        labels: [families, protocol],
        sample(tally, emit) {
          if (!tally.isLean) emit(tally.retransmitting, family, 'tcp');
        },
      }),
      metric({
        name: 'established_sockets_without_timer',
        kind: 'gauge',
        help: 'ESTABLISHED sockets with no timer pending: nothing would notice that their peer is dead (st 01 with tr 00 in net/tcp and net/tcp6).',
        labels: [families],
        sample(tally, emit) {
          if (!tally.isLean) emit(tally.establishedWithoutTimer, family);
        },
      }),
      metric({
        name: 'close_wait_sockets',
        kind: 'gauge',
        help: 'CLOSE_WAIT sockets by what their program did: "unread" has not even read the end of stream (a stuck reader), "read" has and never closed (a leaked descriptor) (st 08 with rx_queue above zero or zero in net/tcp and net/tcp6).',
        labels: [families, { name: 'eof', values: ['unread', 'read'] }],
        sample(tally, emit) {
          emit(tally.closeWaitUnread, family, 'unread');
          emit(tally.closeWaitRead, family, 'read');
        },
      }),
      metric({
        name: 'ephemeral_ports_limit',
        kind: 'gauge',
        help: 'Local ports that the kernel chooses from for outgoing connections (sys/net/ipv4/ip_local_port_range).',
        labels: [families],
        sample({ ephemeralPorts }, emit) {
          if (ephemeralPorts !== undefined) emit(ephemeralPorts, family);
        },
      }),
      metric({
        name: 'ephemeral_port_peak_ratio',
        kind: 'gauge',
        help: 'The share of the local ports for outgoing connections that the busiest tuple of local address, remote address and remote port takes, TIME_WAIT included: near 1 new connections to that peer fail with EADDRNOTAVAIL (rows of net/tcp and net/tcp6).',
        labels: [families],
        sample({ isLean, ephemeralPorts, busiestPeerSockets }, emit) {
          if (ephemeralPorts !== undefined && !isLean) emit(busiestPeerSockets / ephemeralPorts, family);
        },
      }),
      socketsByPort(family, 'tcp', tcpStates, ({ ports }: TcpSockets) => ports),
      socketsByPeerPort(family, 'tcp', tcpStates, ({ peerPorts }: TcpSockets) => peerPorts),
      socketsByUser(family, 'tcp', tcpStates, ({ users }: TcpSockets) => users),
      ofInfo(
        'connections',
        'ESTABLISHED connections to a port that something listens on, of which the round trips and segments are told; only with `info` of the collector, over netlink (INET_DIAG_INFO of sock_diag, rows of net/tcp and net/tcp6).',
        ({ connections }) => connections,
      ),
      metric({
        name: 'port_round_trip_seconds',
        kind: 'gauge',
        help: 'How long the way to the peer and back takes, by port that something listens on, over the connections that there are now: so many percent of them take no longer, and 100 is the slowest; within 3.2 percent, and where many are slow the network is or their peers are. Only with `info` of the collector, over netlink (tcpi_rtt of sock_diag, rows of net/tcp and net/tcp6).',
        labels: [families, protocol, perPort, { name: 'percentile', values: percentiles }],
        sample({ info }, emit) {
          for (const [port, { roundTripSeconds }] of info?.ports ?? []) {
            roundTripSeconds.forEach((seconds, i) => {
              emit(seconds, family, 'tcp', port, percentiles[i] ?? '100');
            });
          }
        },
      }),
      ofInfo(
        'segments_sent',
        'Segments that the connections that there are now have sent since they began, by port that something listens on, those sent again included: what was sent by connections that are gone is not in it. Only with `info` of the collector, over netlink (tcpi_segs_out of sock_diag, rows of net/tcp and net/tcp6).',
        ({ segmentsSent }) => segmentsSent,
      ),
      ofInfo(
        'segments_retransmitted',
        'Those of them that were sent again: where their share is high, packets on the way to the peers of this port are lost. Only with `info` of the collector, over netlink (tcpi_total_retrans of sock_diag, rows of net/tcp and net/tcp6).',
        ({ segmentsRetransmitted }) => segmentsRetransmitted,
      ),
    ],
  });
};

/** The kernel's own count, of which TIME_WAIT and requests are no part: sock_prot_inuse_add() where a socket is hashed. */
const socketsInUse = (family: InetFamily, { machine, open }: NetlinkAsk): number => {
  const suffix = family === 'inet' ? '' : '6';
  const file = `net/sockstat${suffix}`;
  const totals = kernelTotals(machine);
  eachLine(
    open(file) ?? [],
    line => {
      totals.add(line);
    },
    error => totals.lose?.(error),
  );
  const inUse = totals.end().get(`TCP${suffix} inuse`);
  if (inUse === undefined) throw new ParseError(`no TCP${suffix} inuse in ${file}`, 0, 'file');
  return inUse;
};

const datagramCollector = <const Name extends string>(
  name: Name,
  protocol: DatagramProtocol,
  family: InetFamily,
) => {
  const protocols = [protocol];

  return collector({
    name,
    file: `net/${name}`,
    tellsSockets: true,
    about: `${kindOfSocket[protocol]} sockets over ${family === 'inet' ? 'IPv4' : 'IPv6'} with their memory and drops.`,
    fold(ask) {
      const ephemeral = localPortRange(ask);
      return inetLines(ask.machine, hasDrops => datagramTally(family, protocol, hasDrops, ephemeral, ask));
    },
    rows: {
      of: 'sockets',
      fold: ask => inetLines(ask.machine, hasDrops => datagramSockets(family, protocol, hasDrops, ask)),
    },
    ...(protocol !== 'icmp' && { overNetlink: datagramsOverNetlink(protocol, family) }),
    folded: foldedKeys,
    families: [
      socketsByState(
        family,
        protocols,
        datagramStates,
        ({ sockets }: DatagramSockets, _, state) => sockets[datagramStates.indexOf(state)] ?? 0,
      ),
      receiveMemory(family, protocols, ({ receiveMemoryBytes }: DatagramSockets) => receiveMemoryBytes),
      sendMemory(family, protocols, ({ sendMemoryBytes }: DatagramSockets) => sendMemoryBytes),
      drops(family, protocols, ({ drops }: DatagramSockets) => drops),
      socketsByUser(family, protocol, datagramStates, ({ users }: DatagramSockets) => users),
      ...(protocol === 'udp' || protocol === 'udplite'
        ? [
            socketsByPort(family, protocol, datagramStates, ({ ports }: DatagramSockets) => ports),
            socketsByPeerPort(
              family,
              protocol,
              datagramStates,
              ({ peerPorts }: DatagramSockets) => peerPorts,
            ),
          ]
        : []),
    ],
  });
};

/** Raw sockets are few, and their table is small. */
const datagramsOverNetlink = (
  protocol: Exclude<DatagramProtocol, 'icmp'>,
  family: InetFamily,
): OverNetlink<DatagramSockets> => ({
  isCheaper: protocol !== 'raw',
  request: byteOrder => inetRequest(family, protocol, byteOrder, 'whole'),
  fold: ask =>
    inetMessages(
      ...([family, protocol, ask.machine] as const),
      datagramTally(family, protocol, true, localPortRange(ask), ask),
    ),
  rows: ask => inetMessages(family, protocol, ask.machine, datagramSockets(family, protocol, true, ask)),
});

const foldedKeys = ({
  ports,
  peerPorts,
  users,
  info,
}: Pick<TcpSockets, 'ports' | 'peerPorts' | 'users'> & Partial<Pick<TcpSockets, 'info'>>) => ({
  port: ports.folded + peerPorts.folded + (info?.folded ?? 0),
  user: users.folded,
});

const kindOfSocket = { udp: 'UDP', udplite: 'UDP-Lite', raw: 'Raw', icmp: 'Ping' } as const;

export const tcp = streamCollector('tcp', 'inet', 'tcp6');
export const tcp6 = streamCollector('tcp6', 'inet6', 'tcp');
export const udp = datagramCollector('udp', 'udp', 'inet');
export const udp6 = datagramCollector('udp6', 'udp', 'inet6');
export const udplite = datagramCollector('udplite', 'udplite', 'inet');
export const udplite6 = datagramCollector('udplite6', 'udplite', 'inet6');
export const raw = datagramCollector('raw', 'raw', 'inet');
export const raw6 = datagramCollector('raw6', 'raw', 'inet6');
export const icmp = datagramCollector('icmp', 'icmp', 'inet');
export const icmp6 = datagramCollector('icmp6', 'icmp', 'inet6');
