/**
 * /proc/net/snmp: the counters of IPv4, ICMP, UDP and UDP-Lite, and those of TCP over both IP versions, one pair of
 * lines a protocol. Printed by snmp_seq_show() in net/ipv4/proc.c. Blocks and names come and go with kernel
 * versions, so a name that is missing is simply not exposed.
 */
import type { FamilySpec } from '../metrics/family.ts';
import { pairedLines } from '../text/paired.ts';
import { whole } from '../text/whole.ts';
import { collector, familyOf } from './collector.ts';
import { counters, countersByFamily, kernelNames, level, unknownCounters } from './statistics/families.ts';
import type { Statistics } from './statistics/families.ts';
import { icmpMessagesFamily, isIcmpType } from './statistics/icmp-messages.ts';
import { icmp } from './statistics/icmp.ts';
import { ip } from './statistics/ip.ts';
import { tcp } from './statistics/tcp.ts';
import { udp, udplite } from './statistics/udp.ts';

const metric = familyOf<Statistics>();
const inIpv4 = [{ name: 'family', values: ['inet'] }] as const;

const MILLISECONDS_PER_SECOND = 1000;
/** SNMP's ipForwarding: 1 forwards, 2 does not. */
const FORWARDING = 1;

const seconds = (milliseconds: number): number => milliseconds / MILLISECONDS_PER_SECOND;

const families: readonly FamilySpec<Statistics>[] = [
  metric({
    name: 'ip_forwarding',
    kind: 'gauge',
    help: 'Whether this host forwards packets between its interfaces: 0 on a router or a container host breaks every path through it (Ip Forwarding in net/snmp, there 1 or 2).',
    labels: inIpv4,
    statistic: { kernelName: 'Ip_Forwarding', tier: 'default' },
    sample(values, emit) {
      const forwarding = values.get('Ip_Forwarding');
      if (forwarding !== undefined) emit(Number(forwarding === FORWARDING), 'inet');
    },
  }),
  metric({
    name: 'ip_default_ttl',
    kind: 'gauge',
    help: 'How many hops a packet of this host may take unless its program says otherwise (Ip DefaultTTL in net/snmp).',
    labels: inIpv4,
    statistic: { kernelName: 'Ip_DefaultTTL', tier: 'all' },
    sample(values, emit) {
      const hops = values.get('Ip_DefaultTTL');
      if (hops !== undefined) emit(hops, 'inet');
    },
  }),
  ...countersByFamily('inet', 'ip', 'Ip', ip),
  ...countersByFamily('inet', 'icmp', 'Icmp', icmp),
  icmpMessagesFamily('inet', 'Icmp', 'IcmpMsg'),
  level(
    'tcp_rto_algorithm',
    'Tcp_RtoAlgorithm',
    'all',
    "The kernel's number for the way it reckons retransmission timeouts, always 1 on Linux (Tcp RtoAlgorithm in net/snmp).",
  ),
  level(
    'tcp_rto_min_seconds',
    'Tcp_RtoMin',
    'all',
    'The shortest time that TCP waits before it sends a segment again (Tcp RtoMin in net/snmp, there in milliseconds).',
    'gauge',
    seconds,
  ),
  level(
    'tcp_rto_max_seconds',
    'Tcp_RtoMax',
    'all',
    'The longest time that TCP waits before it sends a segment again (Tcp RtoMax in net/snmp, there in milliseconds).',
    'gauge',
    seconds,
  ),
  level(
    'tcp_max_conn',
    'Tcp_MaxConn',
    'all',
    'The limit of TCP connections; -1 means that there is none (Tcp MaxConn in net/snmp).',
  ),
  level(
    'tcp_curr_estab',
    'Tcp_CurrEstab',
    'minimal',
    'TCP connections that are ESTABLISHED or CLOSE_WAIT now, over both IP versions (Tcp CurrEstab in net/snmp).',
  ),
  ...counters('tcp', 'Tcp', 'net/snmp', tcp),
  ...countersByFamily('inet', 'udp', 'Udp', udp),
  ...countersByFamily('inet', 'udplite', 'UdpLite', udplite),
];

const known = new Set(kernelNames(families));
const dualSections = ['Ip', 'Icmp', 'Udp', 'UdpLite'];

export const snmp = collector({
  name: 'snmp',
  file: 'net/snmp',
  about: 'Counters of IPv4, ICMP, UDP and UDP-Lite, and of TCP over both IP versions.',
  fold: () => whole(pairedLines(['Tcp_MaxConn'])),
  families,
  unlisted: values =>
    unknownCounters(values, known, 'net/snmp', section => ({
      group: section.toLowerCase(),
      ...(dualSections.includes(section) ? { family: 'inet' } : {}),
    })).filter(({ statistic }) => !isIcmpType(statistic?.kernelName ?? '')),
});
