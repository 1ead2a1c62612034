/**
 * One socket of tcp, udp, udplite, raw or icmp, whichever way the kernel told of it: as a line of a file (inet-line.ts), or as a
 * message over netlink (inet-message.ts). What counts sockets or shows them begins here and cannot tell the two apart.
 */
import type { ParseError } from '../../text/parse-error.ts';

/** Filled anew for every socket: what is in it is valid until the next. */
export class InetRow {
  /** Which line or message, from 1. */
  number = 0;
  /** As the kernel numbers them: include/net/tcp_states.h. */
  state = 0;
  /** Of a listener: connections that wait to be accepted. */
  receiveQueue = 0;
  sendQueue = 0;
  timer = 0;
  /** Until the timer ends. */
  timerSeconds = 0;
  retransmits = 0;
  /** -1 where the kernel does not tell: what no program holds any more is printed with the 0 of root. */
  uid = 0;
  /** 0 where no program holds the socket: TIME_WAIT, SYN_RECV, an orphan, or not accepted yet. */
  inode = 0;
  localPort = 0;
  remotePort = 0;
  drops = 0;
  /** Of a listener: how many may wait to be accepted; -1 where the kernel does not tell. */
  acceptQueueLimit = -1;
  /**
   * Of TCP: whether the kernel counts it in sockstat. It does not count what is left of a socket in TIME_WAIT, or in
   * FIN_WAIT2 without a program, nor a request that is not a socket yet.
   */
  isInUse = true;
  /** Always the same object: it tells of the socket that is in the row. */
  readonly rest: InetRest;
  /** Where struct tcp_info is told: how long the way to the peer and back takes, 0 before it was measured; else -1. */
  roundTripMicroseconds = -1;
  /** In the life of the socket; -1 where the kernel does not tell. */
  segmentsSent = -1;
  segmentsRetransmitted = 0;

  constructor(rest: InetRest) {
    this.rest = rest;
  }
}

/** What few ask for, told when they do. */
export interface InetRest {
  /** Addresses as people write them, without ports. */
  readonly local: () => string;
  readonly remote: () => string;
  /** Whether the remote address is all zeros: nobody is at the other end. */
  readonly lacksRemote: () => boolean;
  /** The same for sockets that compete for the local ports of one peer, and but for one pair in four billion for no others. */
  readonly peerFingerprint: () => number;
  /** Of TCP: probes that went without an answer, of a closed window or of keepalive; undefined where the kernel does not tell. */
  readonly probes: () => number | undefined;
  readonly unknownState: () => ParseError;
}
