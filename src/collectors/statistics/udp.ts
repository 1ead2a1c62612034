/**
 * `Udp` and `UdpLite` of net/snmp (net/ipv4/proc.c, snmp_seq_show()), `Udp6` and `UdpLite6` of net/snmp6
 * (net/ipv6/proc.c, snmp6_seq_show()).
 */
import { both, inet, type Statistic } from './statistic.ts';

export const udp: readonly Statistic[] = [
  both('InDatagrams', 'minimal', 'UDP datagrams delivered to programs on this host.'),
  both(
    'NoPorts',
    'minimal',
    'UDP datagrams that arrived for a port on which nothing listens; hints at a service that is down or at a scan.',
  ),
  both(
    'InErrors',
    'minimal',
    'UDP datagrams lost on arrival for any other reason than a closed port, full receive buffers and wrong checksums included.',
  ),
  both('OutDatagrams', 'minimal', 'UDP datagrams sent by programs on this host.'),
  both(
    'RcvbufErrors',
    'minimal',
    'UDP datagrams dropped because the receive buffer of their socket was full: the program reads too slowly or its buffer is too small.',
  ),
  both('SndbufErrors', 'minimal', 'UDP datagrams that could not be sent for lack of send buffer or memory.'),
  both(
    'InCsumErrors',
    'default',
    'UDP datagrams dropped for a wrong checksum; hints at corruption on the way.',
  ),
  both(
    'IgnoredMulti',
    'all',
    'Multicast and broadcast UDP datagrams that arrived although no socket here wanted them.',
  ),
  both(
    'MemErrors',
    'default',
    'UDP datagrams dropped on arrival because all UDP sockets together ran into the memory limit of the system (udp_mem).',
  ),
];

export const udplite: readonly Statistic[] = [
  both('InDatagrams', 'all', 'UDP-Lite datagrams delivered to programs on this host.'),
  both('NoPorts', 'all', 'UDP-Lite datagrams that arrived for a port on which nothing listens.'),
  both('InErrors', 'default', 'UDP-Lite datagrams lost on arrival for any other reason than a closed port.'),
  both('OutDatagrams', 'all', 'UDP-Lite datagrams sent by programs on this host.'),
  both(
    'RcvbufErrors',
    'all',
    'UDP-Lite datagrams dropped because the receive buffer of their socket was full.',
  ),
  both('SndbufErrors', 'all', 'UDP-Lite datagrams that could not be sent for lack of send buffer or memory.'),
  both(
    'InCsumErrors',
    'all',
    'UDP-Lite datagrams dropped because the checksum over their protected part was wrong.',
  ),
  inet(
    'IgnoredMulti',
    'all',
    'Multicast and broadcast UDP-Lite datagrams that arrived although no socket here wanted them.',
  ),
  both(
    'MemErrors',
    'all',
    'UDP-Lite datagrams dropped on arrival because the memory limit of the protocol was reached.',
  ),
];
