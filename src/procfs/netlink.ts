/**
 * Tables of the kernel over netlink instead of a file: sock_diag(7). Node.js knows no such sockets, so the system calls are made
 * through the package koffi, which may be missing. What is told is of the network namespace that this process is in.
 */
import type { Machine } from '../text/machine.ts';
import { Message } from '../text/message.ts';
import { createFrames, dumpRequest } from '../text/messages.ts';

export interface Netlink {
  /**
   * Asks for a whole table and hands over its messages, each borrowed until `take` returns. Returns false where the kernel says
   * that the table changed meanwhile. Throws a NetlinkError where it cannot be had, and what `take` or `proceed` throw.
   * @param payload what to ask for, behind the header
   * @param proceed asked before every datagram; throws to end the reading
   * @param type of the request, where it is not that of sock_diag(7)
   */
  readonly dump: (
    payload: Uint8Array,
    take: (message: Message) => void,
    proceed?: () => void,
    type?: number,
  ) => boolean;
}

/** Why a table cannot be had over netlink: a value of the label `reason`. */
export type NetlinkFailure = 'unsupported' | 'permission' | 'timeout' | 'io';

export class NetlinkError extends Error {
  override readonly name = 'NetlinkError';
  readonly reason: NetlinkFailure;

  constructor(message: string, reason: NetlinkFailure) {
    super(message);
    this.reason = reason;
  }
}

/** What is needed of the C library. Each returns what the call does, or minus the number of its error. */
export interface SystemCalls {
  /** A socket of sock_diag. */
  readonly socket: () => number;
  /** To wait for an answer no longer than so. */
  readonly setTimeout: (descriptor: number, seconds: number) => number;
  readonly send: (descriptor: number, bytes: Uint8Array) => number;
  /** The length of the whole datagram, also where the buffer is too short for it. */
  readonly receive: (descriptor: number, buffer: Uint8Array) => number;
  readonly close: (descriptor: number) => void;
}

/** The kernel fills at most 32 KiB at a time: netlink_dump() in net/netlink/af_netlink.c. */
const BUFFER_BYTES = 65_536;
/** The kernel answers at once; this is for one that does not. */
const ANSWER_SECONDS = 2;
/** Signals that may interrupt one call. */
const SIGNALS_LIMIT = 100;
/** Some 32 GB. */
const DATAGRAMS_LIMIT = 1_000_000;

const SOCK_DIAG_BY_FAMILY = 20;
/** Every socket asks once, so nothing can be confused with it. */
const SEQUENCE = 1;

/** Undefined where the package is missing or does not work here. */
export const loadNetlink = async (byteOrder: Machine['byteOrder']): Promise<Netlink | undefined> => {
  try {
    return overSockets(await loadSystemCalls(), byteOrder);
  } catch {
    return undefined;
  }
};

export const overSockets = (system: SystemCalls, byteOrder: Machine['byteOrder']): Netlink => {
  // Garbage collectors take their time with large buffers: one is enough, since readings follow each other.
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const message = new Message(byteOrder);

  const exchange: (descriptor: number, ...rest: Parameters<Netlink['dump']>) => boolean = (
    descriptor,
    payload,
    take,
    proceed,
    type = SOCK_DIAG_BY_FAMILY,
  ) => {
    ask('setsockopt', () => system.setTimeout(descriptor, ANSWER_SECONDS));
    const request = dumpRequest(type, SEQUENCE, payload, byteOrder);
    ask('send', () => system.send(descriptor, request));
    const frames = createFrames(buffer, byteOrder, SEQUENCE, message, take);
    for (let datagrams = 0; datagrams < DATAGRAMS_LIMIT; datagrams++) {
      proceed?.();
      const bytes = ask('recv', () => system.receive(descriptor, buffer));
      if (bytes > buffer.length) throw new NetlinkError(`a datagram of ${bytes} bytes`, 'io');
      if (bytes === 0) throw new NetlinkError('no more is told, and the end is missing', 'io');
      const ending = frames.datagram(bytes);
      if (ending === 'done') return !frames.wasInterrupted();
      if (ending === 'more') continue;
      if ('malformed' in ending) throw new NetlinkError(ending.malformed, 'io');
      throw failure('the kernel', ending.errno);
    }
    throw new NetlinkError(`more than ${DATAGRAMS_LIMIT} datagrams`, 'io');
  };

  return {
    dump(...request) {
      const descriptor = ask('socket', system.socket);
      try {
        return exchange(descriptor, ...request);
      } finally {
        system.close(descriptor);
      }
    },
  };
};

const EPERM = 1;
const ENOENT = 2;
const EINTR = 4;
const EAGAIN = 11;
const EACCES = 13;
const EINVAL = 22;
const EPROTONOSUPPORT = 93;
const EOPNOTSUPP = 95;
const EAFNOSUPPORT = 97;

const reasons: ReadonlyMap<number, NetlinkFailure> = new Map([
  ...[ENOENT, EINVAL, EPROTONOSUPPORT, EOPNOTSUPP, EAFNOSUPPORT].map(each => [each, 'unsupported'] as const),
  ...[EPERM, EACCES].map(each => [each, 'permission'] as const),
  [EAGAIN, 'timeout'],
]);

const failure = (what: string, errno: number): NetlinkError =>
  new NetlinkError(`${what} answers with error ${errno}`, reasons.get(errno) ?? 'io');

const ask = (what: string, call: () => number): number => {
  for (let signals = 0; signals < SIGNALS_LIMIT; signals++) {
    const result = call();
    if (result >= 0) return result;
    if (result !== -EINTR) throw failure(what, -result);
  }
  throw failure(what, EINTR);
};

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_SOCK_DIAG = 4;
const MSG_TRUNC = 0x20;

/** As much of koffi as is used; its own types are as optional as the package itself. */
interface Koffi {
  readonly load: (library: null) => {
    readonly func: (declaration: string) => (...values: readonly unknown[]) => number;
  };
  readonly errno: () => number;
  readonly sizeof: (type: string) => number;
}

const loadSystemCalls = async (): Promise<SystemCalls> => {
  const { default: koffi } = (await importIfThere('koffi')) as { readonly default: Koffi };
  const { SOL_SOCKET, SO_RCVTIMEO } = socketOptions[process.arch] ?? usualOptions;
  const library = koffi.load(null);
  const socket = library.func('int socket(int, int, int)');
  const setsockopt = library.func('int setsockopt(int, int, int, const long *, uint32_t)');
  const send = library.func('intptr_t send(int, const void *, size_t, int)');
  const recv = library.func('intptr_t recv(int, _Out_ void *, size_t, int)');
  const close = library.func('int close(int)');
  const told = (result: number): number => (result < 0 ? -koffi.errno() : result);
  return {
    socket: () => told(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)),
    // A struct timeval: two numbers of the width of a long, where the C library has not widened the first.
    setTimeout: (descriptor, seconds) =>
      told(setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, [seconds, 0], 2 * koffi.sizeof('long'))),
    send: (descriptor, bytes) => told(send(descriptor, bytes, bytes.length, 0)),
    receive: (descriptor, buffer) => told(recv(descriptor, buffer, buffer.length, MSG_TRUNC)),
    close: descriptor => close(descriptor),
  };
};

/** Whoever compiles need not have the package: its types are not looked for. */
const importIfThere = (name: string): Promise<unknown> => import(name);

/** The numbers of asm-generic/socket.h, and of the one architecture of Node.js that has others. */
const usualOptions = { SOL_SOCKET: 1, SO_RCVTIMEO: 20 } as const;
const socketOptions: Readonly<Record<string, { readonly SOL_SOCKET: number; readonly SO_RCVTIMEO: number }>> =
  {
    ppc64: { SOL_SOCKET: 1, SO_RCVTIMEO: 18 },
  };
