/** `Tcp` of net/snmp (net/ipv4/proc.c, snmp_seq_show()) without its gauges and constants; it counts IPv4 and IPv6 together. */
import { inet, type Statistic } from './statistic.ts';

export const tcp: readonly Statistic[] = [
  inet('ActiveOpens', 'minimal', 'Connections that this host tried to open to others.'),
  inet('PassiveOpens', 'minimal', 'Connections that others opened to services on this host.'),
  inet(
    'AttemptFails',
    'minimal',
    'Connections that failed before they were established, in either direction: refused, timed out or reset early.',
  ),
  inet(
    'EstabResets',
    'minimal',
    'Open connections that ended abruptly by a reset or an abort instead of an orderly close.',
  ),
  inet(
    'InSegs',
    'minimal',
    'Segments that arrived, faulty ones included; segments merged by receive offload count once.',
  ),
  inet(
    'OutSegs',
    'minimal',
    'Segments sent, without those that only repeat data; the basis for the share of retransmissions.',
  ),
  inet(
    'RetransSegs',
    'minimal',
    'Segments sent again because no acknowledgement came; a growing share of all sent segments means loss on the way.',
  ),
  inet(
    'InErrs',
    'minimal',
    'Incoming segments refused because they were faulty, for example by checksum or header length.',
  ),
  inet(
    'OutRsts',
    'minimal',
    'Resets sent by this host; a rise means attempts on closed ports or connections that programs here abort.',
  ),
  inet(
    'InCsumErrors',
    'default',
    'Incoming segments with a wrong TCP checksum; hints at corruption by a network card, a driver or a middlebox.',
  ),
];
