/**
 * What connection tracking knows of protocols: the kernel's words and numbers for them and what a tuple holds beside
 * addresses (l4proto_name() and print_tuple() in net/netfilter/nf_conntrack_standalone.c), and states in the kernel's
 * words (nf_conntrack_proto_tcp.c, _sctp.c and _dccp.c beside it), which are not those of sockets: FIN_WAIT, CLOSE.
 */
import { ascii } from '../../text/line.ts';

/** Over both IP versions: ICMPv6 is the `icmp` of inet6. */
export const protocols = ['tcp', 'udp', 'udplite', 'icmp', 'sctp', 'dccp', 'gre', 'other'] as const;
export type Protocol = (typeof protocols)[number];

/** A state that this program does not know. */
const OTHER = 'other';
/** In place of the state of a flow that the kernel forwards past connection tracking: it prints none. */
const OFFLOAD = 'OFFLOAD';
/** Of protocols without states: whether a reply was seen. */
const replies = ['REPLIED', 'UNREPLIED'];

/** The states of each protocol, the frequent ones first: they are looked for in this order. */
export const statesOf: Readonly<Record<Protocol, readonly string[]>> = {
  tcp: [
    ...['ESTABLISHED', 'TIME_WAIT', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSE'],
    ...['SYN_SENT2', 'LISTEN', 'NONE', OTHER, OFFLOAD],
  ],
  udp: replies,
  udplite: replies,
  icmp: replies,
  sctp: [
    ...['ESTABLISHED', 'NONE', 'CLOSED', 'COOKIE_WAIT', 'COOKIE_ECHOED', 'SHUTDOWN_SENT', 'SHUTDOWN_RECD'],
    ...['SHUTDOWN_ACK_SENT', 'HEARTBEAT_SENT', 'HEARTBEAT_ACKED', OTHER, OFFLOAD],
  ],
  dccp: [
    ...['OPEN', 'NONE', 'REQUEST', 'RESPOND', 'PARTOPEN', 'CLOSEREQ', 'CLOSING', 'TIMEWAIT', 'IGNORE'],
    ...['INVALID', OTHER, OFFLOAD],
  ],
  gre: replies,
  other: replies,
};

/** All of them, each once. */
export const states: readonly string[] = [...new Set(Object.values(statesOf).flat())];

/** What a tuple holds behind its addresses. */
interface Tuple {
  readonly keys: readonly Uint8Array[];
  /** What a reply has of them: the two `ends` in each other's place, the same `id` and another type, or nothing. */
  readonly reply: 'ends' | 'id' | 'nothing';
}

const ports: Tuple = { keys: ['sport=', 'dport='].map(ascii), reply: 'ends' };
const callIds: Tuple = { keys: ['srckey=', 'dstkey='].map(ascii), reply: 'ends' };
const echoes: Tuple = { keys: ['type=', 'code=', 'id='].map(ascii), reply: 'id' };
const addressesOnly: Tuple = { keys: [], reply: 'nothing' };

/** A protocol as it stands in a row. */
export interface Kind {
  readonly protocol: Protocol;
  /** Undefined where any number may stand. */
  readonly number: number | undefined;
  readonly tuple: Tuple;
  /** None where the kernel prints none. */
  readonly states: readonly Uint8Array[];
  /** Among the states: a word that is none of them, and that the flow is offloaded; -1 without states. */
  readonly unknown: number;
  readonly offloaded: number;
}

const kind = (protocol: Protocol, number: number | undefined, tuple: Tuple): Kind => ({
  protocol,
  number,
  tuple,
  states: statesOf[protocol] === replies ? [] : statesOf[protocol].map(ascii),
  unknown: statesOf[protocol].indexOf(OTHER),
  offloaded: statesOf[protocol].indexOf(OFFLOAD),
});

/** The kernel's words, the frequent ones first. */
export const words = ['tcp', 'udp', 'icmp', 'icmpv6', 'gre', 'sctp', 'udplite', 'dccp'].map(ascii);
/** Of these words, in the same order. */
export const kinds: readonly Kind[] = [
  kind('tcp', 6, ports),
  kind('udp', 17, ports),
  kind('icmp', 1, echoes),
  kind('icmp', 58, echoes),
  kind('gre', 47, callIds),
  kind('sctp', 132, ports),
  kind('udplite', 136, ports),
  kind('dccp', 33, ports),
];
/** `unknown`, and any word that a kernel may have besides. */
export const otherKind = kind('other', undefined, addressesOnly);

export const protocolByNumber = (number: number): Protocol =>
  kinds.find(each => each.number === number)?.protocol ?? 'other';
