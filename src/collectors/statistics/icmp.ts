/**
 * `Icmp` of net/snmp (net/ipv4/proc.c, icmp_put()) and `Icmp6` of net/snmp6 (net/ipv6/proc.c, snmp6_seq_show()
 * and snmp6_seq_show_icmpv6msg()).
 */
import { both, inet, inet6, renamed, type Statistic } from './statistic.ts';

/** A kind of ICMP message: its standard name, and per family its type number and the kernel's name without In or Out. */
export interface IcmpMessage {
  readonly message: string;
  readonly inet: { readonly type: number; readonly field: string } | undefined;
  readonly inet6: { readonly type: number; readonly field: string } | undefined;
}

export const icmp: readonly Statistic[] = [
  both('InMsgs', 'default', 'ICMP messages that arrived, faulty ones included.'),
  both(
    'InErrors',
    'default',
    'ICMP messages that arrived but were faulty, for example too short or with a wrong checksum.',
  ),
  both(
    'InCsumErrors',
    'default',
    'ICMP messages that arrived with a wrong checksum; hints at corruption on the way.',
  ),
  both(
    'InDestUnreachs',
    'all',
    'Notices that arrived saying a host, network or port could not be reached or, on IPv4, that a packet was too big for a link.',
  ),
  inet6(
    'InPktTooBigs',
    'all',
    'Notices that arrived saying a packet of this host did not fit a link on its way; path MTU discovery lives on them.',
  ),
  both(
    'InTimeExcds',
    'all',
    'Notices that arrived saying a packet ran out of hops or was not put together in time; traceroute and routing loops cause them.',
  ),
  renamed(
    'InParmProbs',
    'InParmProblems',
    'all',
    'Notices that arrived saying another host could not make sense of a header sent from here.',
  ),
  inet(
    'InSrcQuenchs',
    'all',
    'Requests to send more slowly that arrived; the message is obsolete and no host should send it any more.',
  ),
  both(
    'InRedirects',
    'all',
    'Advice from routers that arrived telling to use a better first hop; unexpected ones may be an attack.',
  ),
  both('InEchos', 'all', 'Ping requests that arrived.'),
  renamed('InEchoReps', 'InEchoReplies', 'all', 'Ping answers that arrived.'),
  inet('InTimestamps', 'all', 'Requests for the time of day of this host that arrived as ICMP messages.'),
  inet(
    'InTimestampReps',
    'all',
    'Answers with the time of day of another host that arrived as ICMP messages.',
  ),
  inet('InAddrMasks', 'all', 'Requests for the subnet mask that arrived; the message is obsolete.'),
  inet('InAddrMaskReps', 'all', 'Answers with a subnet mask that arrived; the message is obsolete.'),
  inet6(
    'InGroupMembQueries',
    'all',
    'Questions of multicast routers that arrived asking which multicast groups are wanted here.',
  ),
  inet6(
    'InGroupMembResponses',
    'all',
    'Version 1 reports that arrived by which other hosts name the multicast groups they listen to.',
  ),
  inet6('InGroupMembReductions', 'all', 'Notices that arrived by which other hosts leave a multicast group.'),
  inet6('InRouterSolicits', 'all', 'Questions that arrived from hosts looking for a router.'),
  inet6(
    'InRouterAdvertisements',
    'all',
    'Announcements of routers that arrived; without them hosts lose their automatic addresses and default route.',
  ),
  inet6(
    'InNeighborSolicits',
    'all',
    'Questions that arrived asking for the hardware address of an IPv6 neighbour.',
  ),
  inet6(
    'InNeighborAdvertisements',
    'all',
    'Announcements of hardware addresses that arrived from IPv6 neighbours.',
  ),
  inet6(
    'InMLDv2Reports',
    'all',
    'Version 2 reports that arrived by which other hosts name the multicast groups they listen to.',
  ),
  both('OutMsgs', 'default', 'ICMP messages that this host sent.'),
  both(
    'OutErrors',
    'default',
    'ICMP messages that this host could not send because of a local problem such as a lack of buffers.',
  ),
  inet(
    'OutRateLimitGlobal',
    'default',
    'ICMP messages not sent because this host had reached its overall rate limit for them (icmp_msgs_per_sec); hints at a scan or a flood.',
  ),
  both(
    'OutRateLimitHost',
    'default',
    'ICMP messages not sent because the rate limit towards their one destination was reached (icmp_ratelimit).',
  ),
  both(
    'OutDestUnreachs',
    'all',
    'Notices sent saying a host, network or port could not be reached or, on IPv4, that a packet was too big; closed UDP ports are a common cause.',
  ),
  inet6('OutPktTooBigs', 'all', 'Notices sent saying a packet to be forwarded did not fit the next link.'),
  both(
    'OutTimeExcds',
    'all',
    'Notices sent saying a packet ran out of hops here or was not put together in time.',
  ),
  renamed(
    'OutParmProbs',
    'OutParmProblems',
    'all',
    'Notices sent saying a header that arrived made no sense to this host.',
  ),
  inet('OutSrcQuenchs', 'all', 'Requests to send more slowly that were sent; the message is obsolete.'),
  both('OutRedirects', 'all', 'Advice sent to other hosts to use a better first hop than this one.'),
  both('OutEchos', 'all', 'Ping requests that this host sent.'),
  renamed('OutEchoReps', 'OutEchoReplies', 'all', 'Ping answers that this host sent.'),
  inet('OutTimestamps', 'all', 'Requests for the time of day sent to other hosts as ICMP messages.'),
  inet('OutTimestampReps', 'all', 'Answers with the time of day of this host sent as ICMP messages.'),
  inet('OutAddrMasks', 'all', 'Requests for the subnet mask that were sent; the message is obsolete.'),
  inet('OutAddrMaskReps', 'all', 'Answers with a subnet mask that were sent; the message is obsolete.'),
  inet6('OutGroupMembQueries', 'all', 'Questions sent asking which multicast groups other hosts want.'),
  inet6(
    'OutGroupMembResponses',
    'all',
    'Version 1 reports sent by which this host names the multicast groups it listens to.',
  ),
  inet6('OutGroupMembReductions', 'all', 'Notices sent by which this host leaves a multicast group.'),
  inet6('OutRouterSolicits', 'all', 'Questions sent by this host looking for a router.'),
  inet6('OutRouterAdvertisements', 'all', 'Announcements sent by this host as a router.'),
  inet6('OutNeighborSolicits', 'all', 'Questions sent asking for the hardware address of an IPv6 neighbour.'),
  inet6('OutNeighborAdvertisements', 'all', 'Announcements sent of the hardware addresses of this host.'),
  inet6(
    'OutMLDv2Reports',
    'all',
    'Version 2 reports sent by which this host names the multicast groups it listens to.',
  ),
];

const kind = (type: number, field: string): { readonly type: number; readonly field: string } => ({
  type,
  field,
});

export const icmpMessages: readonly IcmpMessage[] = [
  { message: 'destination_unreachable', inet: kind(3, 'DestUnreachs'), inet6: kind(1, 'DestUnreachs') },
  { message: 'packet_too_big', inet: undefined, inet6: kind(2, 'PktTooBigs') },
  { message: 'time_exceeded', inet: kind(11, 'TimeExcds'), inet6: kind(3, 'TimeExcds') },
  { message: 'parameter_problem', inet: kind(12, 'ParmProbs'), inet6: kind(4, 'ParmProblems') },
  { message: 'source_quench', inet: kind(4, 'SrcQuenchs'), inet6: undefined },
  { message: 'redirect', inet: kind(5, 'Redirects'), inet6: kind(137, 'Redirects') },
  { message: 'echo_request', inet: kind(8, 'Echos'), inet6: kind(128, 'Echos') },
  { message: 'echo_reply', inet: kind(0, 'EchoReps'), inet6: kind(129, 'EchoReplies') },
  { message: 'timestamp_request', inet: kind(13, 'Timestamps'), inet6: undefined },
  { message: 'timestamp_reply', inet: kind(14, 'TimestampReps'), inet6: undefined },
  { message: 'address_mask_request', inet: kind(17, 'AddrMasks'), inet6: undefined },
  { message: 'address_mask_reply', inet: kind(18, 'AddrMaskReps'), inet6: undefined },
  { message: 'multicast_listener_query', inet: undefined, inet6: kind(130, 'GroupMembQueries') },
  { message: 'multicast_listener_report', inet: undefined, inet6: kind(131, 'GroupMembResponses') },
  { message: 'multicast_listener_done', inet: undefined, inet6: kind(132, 'GroupMembReductions') },
  { message: 'router_solicitation', inet: undefined, inet6: kind(133, 'RouterSolicits') },
  { message: 'router_advertisement', inet: undefined, inet6: kind(134, 'RouterAdvertisements') },
  { message: 'neighbor_solicitation', inet: undefined, inet6: kind(135, 'NeighborSolicits') },
  { message: 'neighbor_advertisement', inet: undefined, inet6: kind(136, 'NeighborAdvertisements') },
  { message: 'multicast_listener_report_v2', inet: undefined, inet6: kind(143, 'MLDv2Reports') },
];
