/**
 * Sockets of tcp, udp, udplite or raw as sock_diag(7) tells them: struct inet_diag_msg in include/uapi/linux/inet_diag.h, filled
 * by inet_sk_diag_fill(), inet_twsk_diag_fill() and inet_req_diag_fill() in net/ipv4/inet_diag.c.
 */
import { ipv4, ipv6OfWords } from '../../text/address.ts';
import type { Fold } from '../../text/fold.ts';
import type { Machine } from '../../text/machine.ts';
import { Message } from '../../text/message.ts';
import type { Extent } from '../collector.ts';
import { InetRow } from './inet-row.ts';
import { tcpStates, tcpTimers } from './states.ts';

export type DiagProtocol = 'tcp' | 'udp' | 'udplite' | 'raw';
type InetFamily = 'inet' | 'inet6';

const protocols = { tcp: 6, udp: 17, udplite: 136, raw: 255 } as const;
const families = { inet: 2, inet6: 10 } as const;

/** struct inet_diag_req_v2: what is asked for, and the ends of a single socket, which nobody asks for here. */
const REQUEST_BYTES = 56;
const requestField = { family: 0, protocol: 1, extensions: 2, states: 4 } as const;

/**
 * Bit 1 is ESTABLISHED, as the files list them. Sockets that are bound to a port and no more have a number beyond and are in no
 * file; SYN_RECV stands for both numbers that the kernel has for it.
 */
const TCP_STATES = ((1 << tcpStates.length) - 1) << 1;
const EVERY_STATE = 0xffff_ffff;
const ESTABLISHED = tcpStates.indexOf('ESTABLISHED') + 1;

const tcpStatesOf = (extent: Extent): number =>
  extent === 'lean' ? TCP_STATES & ~(1 << ESTABLISHED) : TCP_STATES;

/** INET_DIAG_SHUTDOWN: of every socket, and not of what stands for one in TIME_WAIT or before it is one. */
const SHUTDOWN_ATTRIBUTE = 8;

/** INET_DIAG_SKMEMINFO: nine numbers, of which the last counts drops. */
const MEMORY_ATTRIBUTE = 7;
const MEMORY_BYTES = 9 * 4;
const MEMORY_DROPS = 8 * 4;

/** INET_DIAG_INFO: struct tcp_info, of which kernels before 4.2 send a shorter piece. */
const INFO_ATTRIBUTE = 2;
const infoField = { roundTrip: 68, retransmitted: 100, sent: 136 } as const;
const INFO_BYTES = infoField.retransmitted + 4;
const INFO_BYTES_WITH_SENT = infoField.sent + 4;

/** Of TCP no file tells drops. */
const extensionsOf = (protocol: DiagProtocol, extent: Extent): number => {
  if (protocol !== 'tcp') return 1 << (MEMORY_ATTRIBUTE - 1);
  return extent === 'info' ? 1 << (INFO_ATTRIBUTE - 1) : 0;
};

/** To ask for all sockets of one family and protocol. */
export const inetRequest = (
  family: InetFamily,
  protocol: DiagProtocol,
  byteOrder: Machine['byteOrder'],
  extent: Extent,
): Uint8Array => {
  const request = new Uint8Array(REQUEST_BYTES);
  request[requestField.family] = families[family];
  request[requestField.protocol] = protocols[protocol];
  request[requestField.extensions] = extensionsOf(protocol, extent);
  const states = protocol === 'tcp' ? tcpStatesOf(extent) : EVERY_STATE;
  new DataView(request.buffer).setUint32(requestField.states, states, byteOrder === 'little');
  return request;
};

/**
 * TCPDIAG_GETSOCK, older than sock_diag(7): a dump does not look at the family and tells both, in one walk through the table that
 * they share. inet_diag_dump_compat() in net/ipv4/inet_diag.c; struct inet_diag_req.
 */
export const BOTH_FAMILIES = 18;
const BOTH_FAMILIES_BYTES = 60;
const BOTH_FAMILIES_EXTENSIONS = 3;
const BOTH_FAMILIES_STATES = 52;

/** To ask for all sockets of TCP over both families, with a message of the type `BOTH_FAMILIES`. */
export const tcpRequest = (byteOrder: Machine['byteOrder'], extent: Extent): Uint8Array => {
  const request = new Uint8Array(BOTH_FAMILIES_BYTES);
  request[requestField.family] = families.inet;
  request[BOTH_FAMILIES_EXTENSIONS] = extensionsOf('tcp', extent);
  new DataView(request.buffer).setUint32(BOTH_FAMILIES_STATES, tcpStatesOf(extent), byteOrder === 'little');
  return request;
};

export const isOfFamily = (family: InetFamily, message: Message): boolean =>
  message.u8(field.family) === families[family];

const field = {
  family: 0,
  state: 1,
  timer: 2,
  retransmits: 3,
  localPort: 4,
  remotePort: 6,
  local: 8,
  remote: 24,
  expires: 52,
  receiveQueue: 56,
  sendQueue: 60,
  uid: 64,
  inode: 68,
  attributes: 72,
} as const;

const WORD_BYTES = 4;
const MILLISECONDS_PER_SECOND = 1000;
const FNV_PRIME = 0x01000193;

const LISTEN = tcpStates.indexOf('LISTEN') + 1;
const SYN_RECV = tcpStates.indexOf('SYN_RECV') + 1;
const TIMEWAIT = tcpTimers.indexOf('timewait');
const ON = tcpTimers.indexOf('on');
const KEEPALIVE = tcpTimers.indexOf('keepalive');
const PROBE = tcpTimers.indexOf('probe');

export const inetMessages = <T>(
  family: InetFamily,
  protocol: DiagProtocol,
  { byteOrder }: Machine,
  sockets: Fold<InetRow, T>,
  extent: Extent = 'whole',
): Fold<Message, T> => {
  const words = family === 'inet' ? 1 : 4;
  const scratch = new Uint32Array(words);
  let message = new Message(byteOrder);

  const addressAt = (field: number): string => {
    for (let i = 0; i < words; i++) scratch[i] = message.u32(field + i * WORD_BYTES);
    return words === 1 ? ipv4(scratch[0] ?? 0, byteOrder) : ipv6OfWords(scratch, byteOrder);
  };
  const hash = (seed: number, at: number): number => {
    let hash = seed;
    for (let i = 0; i < words * WORD_BYTES; i++) hash = Math.imul(hash ^ message.u8(at + i), FNV_PRIME);
    return hash;
  };
  const row: InetRow = new InetRow({
    local: () => addressAt(field.local),
    remote: () => addressAt(field.remote),
    lacksRemote() {
      for (let i = 0; i < words; i++) if (message.u32(field.remote + i * WORD_BYTES) !== 0) return false;
      return true;
    },
    peerFingerprint: () => hash(hash(row.remotePort, field.local), field.remote),
    // One number for both counts: which it is depends on the timer.
    probes: () =>
      row.timer === KEEPALIVE || row.timer === PROBE ? message.u8(field.retransmits) : undefined,
    unknownState: () => message.wrong(`unknown state ${row.state}`),
  });
  const take = protocol === 'tcp' ? takeTcp : takeDatagram;
  return {
    add(each) {
      message = each;
      takeEnds(row, each);
      take(row, each);
      if (extent === 'info') takeInfo(row, each);
      sockets.add(row);
    },
    end: () => sockets.end(),
  };
};

const takeEnds = (row: InetRow, message: Message): void => {
  row.number = message.number;
  // The farthest first: a message that is too short tells nothing.
  row.inode = message.u32(field.inode);
  row.state = message.u8(field.state);
  row.receiveQueue = message.u32(field.receiveQueue);
  row.sendQueue = message.u32(field.sendQueue);
  row.timer = message.u8(field.timer);
  row.timerSeconds = message.u32(field.expires) / MILLISECONDS_PER_SECOND;
  const uid = message.u32(field.uid);
  row.uid = uid === 0 && row.inode === 0 ? -1 : uid;
  row.localPort = message.port(field.localPort);
  row.remotePort = message.port(field.remotePort);
};

/** With no other timer than `on` can anything be sent again that nobody has acknowledged. */
const takeTcp = (row: InetRow, message: Message): void => {
  row.retransmits = row.timer === ON ? message.u8(field.retransmits) : 0;
  row.isInUse =
    row.timer !== TIMEWAIT &&
    (row.state !== SYN_RECV || message.attribute(field.attributes, SHUTDOWN_ATTRIBUTE, 1) >= 0);
  if (row.state === LISTEN) {
    row.acceptQueueLimit = row.sendQueue;
    row.sendQueue = 0;
  }
};

const takeInfo = (row: InetRow, message: Message): void => {
  const info = message.attribute(field.attributes, INFO_ATTRIBUTE, INFO_BYTES);
  const hasSent = message.attribute(field.attributes, INFO_ATTRIBUTE, INFO_BYTES_WITH_SENT) >= 0;
  row.roundTripMicroseconds = info < 0 ? -1 : message.u32(info + infoField.roundTrip);
  row.segmentsRetransmitted = info < 0 ? 0 : message.u32(info + infoField.retransmitted);
  row.segmentsSent = hasSent ? message.u32(info + infoField.sent) : -1;
};

const takeDatagram = (row: InetRow, message: Message): void => {
  const memory = message.attribute(field.attributes, MEMORY_ATTRIBUTE, MEMORY_BYTES);
  // Kernels before 4.7 leave it out: what they tell over netlink is less than what they print.
  if (memory < 0) throw message.lacks('count of drops');
  row.drops = message.u32(memory + MEMORY_DROPS);
};
