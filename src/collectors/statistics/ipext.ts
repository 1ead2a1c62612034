/** `IpExt` of net/netstat (net/ipv4/proc.c, netstat_seq_show()): IPv4 only; IPv6 has most of them in `Ip6`. */
import { inet, type Statistic } from './statistic.ts';

export const ipext: readonly Statistic[] = [
  inet(
    'InNoRoutes',
    'default',
    'Incoming IPv4 packets thrown away because no route leads to their destination.',
  ),
  inet(
    'InTruncatedPkts',
    'default',
    'Incoming IPv4 packets that are shorter than their header announces; hints at a broken driver, tunnel or link.',
  ),
  inet('InMcastPkts', 'all', 'IPv4 multicast packets that arrived.'),
  inet('OutMcastPkts', 'all', 'IPv4 multicast packets that were sent.'),
  inet('InBcastPkts', 'all', 'IPv4 broadcast packets that arrived.'),
  inet('OutBcastPkts', 'all', 'IPv4 broadcast packets that were sent.'),
  inet('InOctets', 'default', 'Bytes of the IPv4 packets that arrived, IP headers included.'),
  inet('OutOctets', 'default', 'Bytes of the IPv4 packets that were sent, IP headers included.'),
  inet('InMcastOctets', 'all', 'Bytes of the IPv4 multicast packets that arrived, IP headers included.'),
  inet('OutMcastOctets', 'all', 'Bytes of the IPv4 multicast packets that were sent, IP headers included.'),
  inet('InBcastOctets', 'all', 'Bytes of the IPv4 broadcast packets that arrived, IP headers included.'),
  inet('OutBcastOctets', 'all', 'Bytes of the IPv4 broadcast packets that were sent, IP headers included.'),
  inet(
    'InCsumErrors',
    'default',
    'Incoming IPv4 packets dropped for a wrong header checksum; hints at corruption on the way.',
  ),
  inet(
    'InNoECTPkts',
    'all',
    'IPv4 packets that arrived from senders who did not offer explicit congestion notification for them.',
  ),
  inet(
    'InECT1Pkts',
    'all',
    'IPv4 packets that arrived with the code point ECT(1) of explicit congestion notification, as L4S senders set it.',
  ),
  inet(
    'InECT0Pkts',
    'all',
    'IPv4 packets that arrived with the code point ECT(0) of explicit congestion notification, the usual one.',
  ),
  inet(
    'InCEPkts',
    'default',
    'IPv4 packets that arrived with the congestion mark, so a queue on their way was filling up.',
  ),
  inet(
    'ReasmOverlaps',
    'all',
    'Fragmented IPv4 packets refused because their fragments overlap, which an honest sender hardly ever produces.',
  ),
];
