/** Messages of netlink, made by hand from the structures of the kernel's headers, as a machine of either byte order sends them. */
import type { Machine } from '../src/text/machine.ts';
import type { SystemCalls } from '../src/procfs/netlink.ts';

export type ByteOrder = Machine['byteOrder'];

/** Unsigned numbers in hexadecimal, each as many bytes as it has pairs of digits: `01`, `0001`, `00000001`. */
export const bytesOf = (byteOrder: ByteOrder, ...numbers: readonly string[]): Buffer =>
  Buffer.concat(
    numbers.map(digits => {
      const bytes = Buffer.from(digits, 'hex');
      return byteOrder === 'little' ? bytes.reverse() : bytes;
    }),
  );

const hex = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0');

export const DONE = 3;
export const ERROR = 2;
export const SOCKET = 20;
export const MULTI = 2;
export const INTERRUPTED = 0x10;

/** struct nlmsghdr and what follows it, up to a multiple of 4. */
export const framed = (
  byteOrder: ByteOrder,
  type: number,
  payload: Uint8Array,
  { flags = MULTI, sequence = 1, length = 16 + payload.length } = {},
): Buffer =>
  Buffer.concat([
    bytesOf(byteOrder, hex(length, 4), hex(type, 2), hex(flags, 2), hex(sequence, 4), hex(4711, 4)),
    payload,
    Buffer.alloc(-payload.length & 3),
  ]);

/** The end of an answer; the number of an error is below zero. */
export const done = (byteOrder: ByteOrder, errno = 0, flags = MULTI): Buffer =>
  framed(byteOrder, DONE, bytesOf(byteOrder, hex(-errno >>> 0, 4)), { flags });

export const refused = (byteOrder: ByteOrder, errno: number): Buffer =>
  framed(byteOrder, ERROR, bytesOf(byteOrder, hex(-errno >>> 0, 4)), { flags: 0 });

export interface Told {
  readonly family?: number;
  readonly state?: number;
  readonly timer?: number;
  readonly retransmits?: number;
  readonly localPort?: number;
  readonly remotePort?: number;
  /** As they are on the wire, in hexadecimal. */
  readonly local?: string;
  readonly remote?: string;
  readonly expires?: number;
  readonly receiveQueue?: number;
  readonly sendQueue?: number;
  readonly uid?: number;
  readonly inode?: number;
  /** What is left of a socket, or not one yet, has no attributes. */
  readonly isBare?: boolean;
  /** struct tcp_info, as long as it is told. */
  readonly info?: Uint8Array;
  /** Of datagram sockets. */
  readonly drops?: number | undefined;
}

/** struct inet_diag_msg, with the attributes that the kernel sends behind it. */
export const socketMessage = (byteOrder: ByteOrder, told: Told = {}): Buffer => {
  const address = (digits = '7f000001'): Buffer => Buffer.from(digits.padEnd(32, '0'), 'hex');
  const port = (number = 8080): Buffer => Buffer.from(hex(number, 2), 'hex');
  const number = (value = 0): Buffer => bytesOf(byteOrder, hex(value, 4));
  const { family = 2, state = 1, timer = 0, retransmits = 0 } = told;
  return Buffer.concat([
    Buffer.of(family, state, timer, retransmits),
    port(told.localPort),
    port(told.remotePort ?? 40000),
    address(told.local),
    address(told.remote),
    ...[0, 1, 0].map(number),
    number(told.expires),
    number(told.receiveQueue),
    number(told.sendQueue),
    number(told.uid),
    number(told.inode ?? 4242),
    // INET_DIAG_SHUTDOWN, one byte and three to fill up.
    told.isBare === true
      ? Buffer.alloc(0)
      : Buffer.concat([bytesOf(byteOrder, '0005', '0008'), Buffer.alloc(4)]),
    ...(told.info === undefined ? [] : [bytesOf(byteOrder, hex(4 + told.info.length, 2), '0002'), told.info]),
    ...(told.drops === undefined ? [] : [memory(byteOrder, told.drops)]),
  ]);
};

/** INET_DIAG_SKMEMINFO: nine numbers. */
const memory = (byteOrder: ByteOrder, drops: number): Buffer =>
  bytesOf(
    byteOrder,
    '0028',
    '0007',
    ...Array.from({ length: 9 }, (_, i) => hex(i === 8 ? drops : 9000 + i, 4)),
  );

export interface FakeCalls extends SystemCalls {
  /** Every request that was sent. */
  readonly sent: readonly Uint8Array[];
  readonly opened: () => number;
  readonly closed: () => number;
}

/** A kernel that answers with these datagrams, one for each call; a number is the result of a call that has none. */
export const fakeCalls = (
  answers: readonly (Uint8Array | number)[],
  { socket = 3, setTimeout = 0, send }: { socket?: number; setTimeout?: number; send?: number } = {},
): FakeCalls => {
  const left = [...answers];
  const sent: Uint8Array[] = [];
  let opened = 0;
  let closed = 0;
  return {
    sent,
    opened: () => opened,
    closed: () => closed,
    socket() {
      if (socket >= 0) opened++;
      return socket;
    },
    setTimeout: () => setTimeout,
    send(_descriptor, bytes) {
      sent.push(Uint8Array.from(bytes));
      return send ?? bytes.length;
    },
    receive(_descriptor, buffer) {
      const answer = left.shift() ?? -11;
      if (typeof answer === 'number') return answer;
      buffer.set(answer.subarray(0, buffer.length));
      return answer.length;
    },
    close() {
      closed++;
    },
  };
};
