/**
 * One socket of tcp, udp, udplite, raw or icmp. The columns are those that the files share over both IP versions. Their
 * header names each half of `a:b` with a word of its own, so its words and the rows' fields do not line up: rows are read by position.
 */
import { ipv4, ipv6 } from '../../text/address.ts';
import type { Line } from '../../text/line.ts';
import type { Machine } from '../../text/machine.ts';

export const INET_HEADER =
  'sl local_address rem_address|remote_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode';

/** The word of the header that tells that rows end in a count of drops; kernels before 2.6.27 have none. */
export const DROPS_HEADER_WORD = 14;

const field = {
  local: 1,
  remote: 2,
  state: 3,
  queues: 4,
  timer: 5,
  retransmits: 6,
  uid: 7,
  inode: 9,
  drops: 12,
} as const;

/** Filled anew for every row: what is in it is valid until the next. */
export class InetRow {
  /** As the kernel numbers them: include/net/tcp_states.h. */
  state = 0;
  receiveQueue = 0;
  sendQueue = 0;
  timer = 0;
  retransmits = 0;
  /** -1 where the kernel does not tell: what no program holds any more is printed with the 0 of root. */
  uid = 0;
  /** 0 where no program holds the socket: TIME_WAIT, SYN_RECV, an orphan, or not accepted yet. */
  inode = 0;
  localPort = 0;
  remotePort = 0;
  drops = 0;

  /** @param hasDrops whether the rows of this kernel end in a count of drops */
  read(line: Line, hasDrops = false): void {
    // Netstat itself wants no fewer fields: a row without an inode was cut.
    this.inode = line.decimal(field.inode);
    this.state = line.hex(field.state);
    const queues = line.pair(field.queues);
    this.sendQueue = queues.left;
    this.receiveQueue = queues.right;
    this.timer = line.pair(field.timer).left;
    this.retransmits = line.hex(field.retransmits);
    const uid = line.decimal(field.uid);
    this.uid = uid === 0 && this.inode === 0 ? -1 : uid;
    this.localPort = line.hexBehindColon(field.local);
    this.remotePort = line.hexBehindColon(field.remote);
    this.drops = hasDrops ? line.decimal(field.drops) : 0;
  }
}

const IPV4_DIGITS = 8;

/** As people write it. An address is printed as words of the machine, each with the bytes in the machine's order. */
export const localAddress = (line: Line, byteOrder: Machine['byteOrder']): string => {
  const digits = line.text(field.local).replace(/:[^:]*$/, '');
  const words = digits.match(/.{8}/g) ?? [];
  if (digits.length === IPV4_DIGITS) return ipv4(parseInt(digits, 16), byteOrder);
  const inNetworkOrder = byteOrder === 'big' ? words : words.map(reversed);
  return ipv6(inNetworkOrder.join('')) ?? '';
};

/** The bytes of a word of 8 digits, last to first. */
const reversed = (word: string): string => (word.match(/../g) ?? []).reverse().join('');

/** The same for sockets that compete for the local ports of one peer, and but for one pair in four billion for no others. */
export const peerFingerprint = (line: Line): number => line.fingerprintWithoutPort(field.local, field.remote);

export const unknownState = (line: Line): Error => line.wrong(field.state, 'unknown state');
