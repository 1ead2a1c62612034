/**
 * One socket of tcp, udp, udplite, raw or icmp. The columns are those that the files share over both IP versions. Their
 * header names each half of `a:b` with a word of its own, so its words and the rows' fields do not line up: rows are read by position.
 */
import { ipv4, ipv6OfWords } from '../../text/address.ts';
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
  probes: 8,
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
  /** Until the timer ends. */
  timerTicks = 0;
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
    const timer = line.pair(field.timer);
    this.timer = timer.left;
    this.timerTicks = timer.right;
    this.retransmits = line.hex(field.retransmits);
    const uid = line.decimal(field.uid);
    this.uid = uid === 0 && this.inode === 0 ? -1 : uid;
    this.localPort = line.hexBehindColon(field.local);
    this.remotePort = line.hexBehindColon(field.remote);
    this.drops = hasDrops ? line.decimal(field.drops) : 0;
  }
}

const words = new Uint32Array(4);

/**
 * As people write it. An address is printed as words of the machine, each with the bytes in the machine's order; what is none
 * is told as it stands there.
 */
const addressIn = (line: Line, end: number, byteOrder: Machine['byteOrder']): string => {
  const count = line.wordsBeforeColon(end, words);
  if (count === 1) return ipv4(words[0] ?? 0, byteOrder);
  if (count === words.length) return ipv6OfWords(words, byteOrder);
  return line.text(end).replace(/:[^:]*$/, '');
};

export const localAddress = (line: Line, byteOrder: Machine['byteOrder']): string =>
  addressIn(line, field.local, byteOrder);

export const remoteAddress = (line: Line, byteOrder: Machine['byteOrder']): string =>
  addressIn(line, field.remote, byteOrder);

/** Of TCP: probes that went without an answer, of a closed window or of keepalive. */
export const probes = (line: Line): number => line.decimal(field.probes);

/** Whether the remote address is all zeros: nobody is at the other end. */
export const lacksRemoteAddress = (line: Line): boolean => {
  const count = line.wordsBeforeColon(field.remote, words);
  for (let i = 0; i < count; i++) if (words[i] !== 0) return false;
  return count > 0;
};

/** The same for sockets that compete for the local ports of one peer, and but for one pair in four billion for no others. */
export const peerFingerprint = (line: Line): number => line.fingerprintWithoutPort(field.local, field.remote);

export const unknownState = (line: Line): Error => line.wrong(field.state, 'unknown state');
