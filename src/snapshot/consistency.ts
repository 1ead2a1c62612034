/**
 * Holds what was counted socket by socket against what the kernel counts of the same sockets by itself. Each is read at a moment of its own,
 * so on a busy host they differ by what came and went meanwhile, now this way and now that way; what stays is an error of one of them.
 */
import { familyOf } from '../collectors/collector.ts';
import type { DatagramSockets } from '../collectors/sockets/datagram.ts';
import { tcpStates, tcpTimers } from '../collectors/sockets/states.ts';
import type { TcpSockets } from '../collectors/sockets/tcp.ts';
import type { KernelTotals } from '../collectors/sockstat.ts';
import type { Statistics } from '../collectors/statistics/families.ts';
import type { OneOutcome, Snapshot } from './outcome.ts';

const inBothFamilies = [
  { family: 'inet', suffix: '' },
  { family: 'inet6', suffix: '6' },
] as const;
const datagramProtocols = ['udp', 'udplite', 'raw'] as const;

const TIME_WAIT_TIMER = tcpTimers.indexOf('timewait');
const ESTABLISHED = tcpStates.indexOf('ESTABLISHED');
const CLOSE_WAIT = tcpStates.indexOf('CLOSE_WAIT');

const metric = familyOf<Snapshot>();

export const consistencyFamilies = [
  metric({
    name: 'scrape_inuse_sockets_difference',
    kind: 'gauge',
    help: 'Sockets that were counted, less those that the kernel says are in use (inuse in net/sockstat and net/sockstat6): around 0, and away from it for long only where one of them is wrong. Those of TCP are without TIME_WAIT and without requests in SYN_RECV, which the kernel does not count there either; none of TCP where it is read lean.',
    labels: [
      { name: 'family', values: ['inet', 'inet6'] },
      { name: 'protocol', values: ['tcp', ...datagramProtocols] },
    ],
    sample(snapshot, emit) {
      for (const { family, suffix } of inBothFamilies) {
        const totals = dataOf(snapshot, `sockstat${suffix}`) as KernelTotals | undefined;
        const tell = (protocol: 'tcp' | (typeof datagramProtocols)[number], counted: number | undefined) => {
          const inUse = totals?.get(`${protocol.toUpperCase()}${suffix} inuse`);
          if (counted !== undefined && inUse !== undefined) emit(counted - inUse, family, protocol);
        };
        tell('tcp', (dataOf(snapshot, `tcp${suffix}`) as TcpSockets | undefined)?.inUse);
        for (const protocol of datagramProtocols)
          tell(
            protocol,
            (dataOf(snapshot, protocol + suffix) as DatagramSockets | undefined)?.sockets.reduce(sum),
          );
      }
    },
  }),
  metric({
    name: 'scrape_time_wait_sockets_difference',
    kind: 'gauge',
    help: 'What is left of TCP sockets in TIME_WAIT, and in FIN_WAIT2 without a program, as it was counted, over both IP versions, less what the kernel says there is (TCP tw in net/sockstat): around 0.',
    labels: [],
    sample(snapshot, emit) {
      const told = (dataOf(snapshot, 'sockstat') as KernelTotals | undefined)?.get('TCP tw');
      const counted = inTcp(snapshot, ({ timers }) => timers[TIME_WAIT_TIMER] ?? 0);
      if (told !== undefined && counted !== undefined) emit(counted - told);
    },
  }),
  metric({
    name: 'scrape_established_sockets_difference',
    kind: 'gauge',
    help: 'TCP sockets in ESTABLISHED and CLOSE_WAIT that were counted, over both IP versions, less what the kernel says there are (Tcp CurrEstab in net/snmp): around 0.',
    labels: [],
    sample(snapshot, emit) {
      const told = (dataOf(snapshot, 'snmp') as Statistics | undefined)?.get('Tcp_CurrEstab');
      const counted = inTcp(
        snapshot,
        ({ sockets }) => (sockets[ESTABLISHED] ?? 0) + (sockets[CLOSE_WAIT] ?? 0),
      );
      if (told !== undefined && counted !== undefined) emit(counted - told);
    },
  }),
] as const;

/** Where several network namespaces are read, that of the host. */
const outcomeOf = (snapshot: Snapshot, collector: string): OneOutcome | undefined => {
  const outcome = snapshot.get(collector);
  return outcome?.namespaces?.[0]?.outcome ?? outcome;
};

const dataOf = (snapshot: Snapshot, collector: string): unknown => {
  const outcome = outcomeOf(snapshot, collector);
  return outcome?.status === 'ok' ? outcome.data : undefined;
};

/** Undefined where one of the tables was not read; where this kernel has no IPv6 that of IPv4 is all there is. */
const inTcp = (snapshot: Snapshot, count: (table: TcpSockets) => number): number | undefined => {
  const tcp = dataOf(snapshot, 'tcp') as TcpSockets | undefined;
  const tcp6 = dataOf(snapshot, 'tcp6') as TcpSockets | undefined;
  if (tcp === undefined) return undefined;
  if (tcp6 === undefined) return outcomeOf(snapshot, 'tcp6')?.status === 'absent' ? count(tcp) : undefined;
  return count(tcp) + count(tcp6);
};

const sum = (a: number, b: number): number => a + b;
