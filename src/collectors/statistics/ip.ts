/** `Ip` of net/snmp (net/ipv4/proc.c, snmp_seq_show()) and `Ip6` of net/snmp6 (net/ipv6/proc.c, snmp6_seq_show()). */
import { both, inet6, renamed, type Statistic } from './statistic.ts';

export const ip: readonly Statistic[] = [
  both(
    'InReceives',
    'default',
    'IP packets that arrived from the network or over loopback, faulty ones included; packets merged by receive offload count once.',
  ),
  both(
    'InHdrErrors',
    'default',
    'Incoming IP packets refused for a faulty header or because their hop limit ran out while being forwarded; a steady rise hints at corruption or a routing loop.',
  ),
  inet6(
    'InTooBigErrors',
    'default',
    'Packets that could not be forwarded because they do not fit the next link; senders that never get the answer to this hang on large transfers.',
  ),
  inet6('InNoRoutes', 'default', 'Incoming packets thrown away because no route leads to their destination.'),
  both(
    'InAddrErrors',
    'default',
    'Incoming IP packets thrown away because of their address, mostly meant for another host while forwarding is off.',
  ),
  renamed(
    'ForwDatagrams',
    'OutForwDatagrams',
    'default',
    'IP packets passed on to another host; unexpected growth on a host that should be no router is suspicious.',
  ),
  both(
    'InUnknownProtos',
    'default',
    'Incoming IP packets for this host whose transport protocol nothing here handles.',
  ),
  inet6(
    'InTruncatedPkts',
    'default',
    'Incoming packets that are shorter than their header announces; hints at a broken driver, tunnel or link.',
  ),
  both(
    'InDiscards',
    'default',
    'Incoming IP packets dropped although nothing was wrong with them, mostly for lack of memory.',
  ),
  both(
    'InDelivers',
    'default',
    'Incoming IP packets handed to TCP, UDP, ICMP or another protocol on this host.',
  ),
  both(
    'OutRequests',
    'default',
    'IP packets that programs and protocols of this host asked to have sent; older kernels count forwarded packets here too.',
  ),
  both(
    'OutDiscards',
    'default',
    'Outgoing IP packets dropped on this host before they left, mostly for lack of buffer space.',
  ),
  both(
    'OutNoRoutes',
    'default',
    'Outgoing IP packets given up because this host has no route to their destination; check the routing table.',
  ),
  both(
    'ReasmTimeout',
    'default',
    'Fragmented IP packets given up because some of their fragments did not arrive in time; hints at packet loss.',
  ),
  both('ReasmReqds', 'default', 'Fragments that arrived and had to be put together again.'),
  both('ReasmOKs', 'default', 'IP packets successfully put together from their fragments.'),
  both(
    'ReasmFails',
    'default',
    'Failures to put fragments together again, whether for missing or faulty fragments or for lack of memory; the data in them is lost.',
  ),
  both(
    'FragOKs',
    'default',
    'IP packets that this host cut into fragments because they were too large for the link.',
  ),
  both(
    'FragFails',
    'default',
    'IP packets too large for the link that could not be cut up, mostly because cutting was forbidden; hints at a path MTU problem.',
  ),
  both('FragCreates', 'default', 'Fragments made out of IP packets that were too large for the link.'),
  inet6('InMcastPkts', 'all', 'Multicast packets that arrived.'),
  inet6('OutMcastPkts', 'all', 'Multicast packets that this host sent.'),
  inet6('InOctets', 'default', 'Bytes of the packets that arrived, IP headers included.'),
  inet6('OutOctets', 'default', 'Bytes of the packets that were sent, IP headers included.'),
  inet6('InMcastOctets', 'all', 'Bytes of the multicast packets that arrived, IP headers included.'),
  inet6('OutMcastOctets', 'all', 'Bytes of the multicast packets that this host sent, IP headers included.'),
  inet6(
    'InBcastOctets',
    'all',
    'Bytes of broadcast packets that arrived, which stays at zero since IPv6 knows no broadcast.',
  ),
  inet6(
    'OutBcastOctets',
    'all',
    'Bytes of broadcast packets sent, which stays at zero since IPv6 knows no broadcast.',
  ),
  inet6(
    'InNoECTPkts',
    'all',
    'Packets that arrived from senders who did not offer explicit congestion notification for them.',
  ),
  inet6(
    'InECT1Pkts',
    'all',
    'Packets that arrived with the code point ECT(1) of explicit congestion notification, as L4S senders set it.',
  ),
  inet6(
    'InECT0Pkts',
    'all',
    'Packets that arrived with the code point ECT(0) of explicit congestion notification, the usual one.',
  ),
  inet6(
    'InCEPkts',
    'default',
    'Packets that arrived with the congestion mark, so a queue on their way was filling up.',
  ),
  both(
    'OutTransmits',
    'default',
    'IP packets handed down to the network devices, forwarded ones and fragments included.',
  ),
];
