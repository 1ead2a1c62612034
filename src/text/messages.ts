/**
 * The frames of netlink: requests that ask for a whole table, and the datagrams that answer them, each with one or more messages.
 * Headers are in the byte order of the machine: struct nlmsghdr in include/uapi/linux/netlink.h.
 */
import type { Machine } from './machine.ts';
import type { Message } from './message.ts';

type ByteOrder = Machine['byteOrder'];

const HEADER_BYTES = 16;
const field = { length: 0, type: 4, flags: 6, sequence: 8 } as const;

const NOOP = 1;
const ERROR = 2;
const DONE = 3;
const OVERRUN = 4;

const FLAG_REQUEST = 0x1;
const FLAG_DUMP_INTERRUPTED = 0x10;
const FLAG_DUMP = 0x300;

/** A request for all that there is: `payload` says of what. */
export const dumpRequest = (
  type: number,
  sequence: number,
  payload: Uint8Array,
  byteOrder: ByteOrder,
): Uint8Array => {
  const request = Buffer.alloc(HEADER_BYTES + payload.length);
  const view = viewOf(request);
  const little = byteOrder === 'little';
  view.setUint32(field.length, request.length, little);
  view.setUint16(field.type, type, little);
  view.setUint16(field.flags, FLAG_REQUEST | FLAG_DUMP, little);
  view.setUint32(field.sequence, sequence, little);
  request.set(payload, HEADER_BYTES);
  return request;
};

/** How a datagram ended. */
export type Ending =
  /** More datagrams follow. */
  | 'more'
  | 'done'
  | { readonly errno: number }
  /** What came is not what the kernel sends. */
  | { readonly malformed: string };

export interface Frames {
  /** The next so many bytes of the buffer are a datagram; its messages are handed over one by one. */
  readonly datagram: (bytes: number) => Ending;
  /** Whether the kernel said that the table changed while it was told. */
  readonly wasInterrupted: () => boolean;
}

/**
 * @param buffer holds one datagram after the other
 * @param message is pointed at each message in turn
 */
export const createFrames = (
  buffer: Uint8Array,
  byteOrder: ByteOrder,
  sequence: number,
  message: Message,
  take: (message: Message) => void,
): Frames => {
  const view = viewOf(buffer);
  const little = byteOrder === 'little';
  let interrupted = false;
  let number = 0;

  /** Minus an errno behind the header, or nothing where all went well. */
  const ended = (start: number, end: number): Ending => {
    if (end - start < HEADER_BYTES + 4) return 'done';
    const result = view.getInt32(start + HEADER_BYTES, little);
    return result < 0 ? { errno: -result } : 'done';
  };

  return {
    datagram(bytes) {
      let start = 0;
      while (start < bytes) {
        if (bytes - start < HEADER_BYTES)
          return { malformed: `${bytes - start} bytes where a header was expected` };
        const length = view.getUint32(start + field.length, little);
        const end = start + length;
        if (length < HEADER_BYTES || end > bytes) {
          return { malformed: `a message of ${length} bytes where ${bytes - start} are left` };
        }
        const type = view.getUint16(start + field.type, little);
        // Nobody else answers on a socket of our own, but anybody with the right to may write to it.
        const isOurs = view.getUint32(start + field.sequence, little) === sequence;
        if (isOurs) {
          if ((view.getUint16(start + field.flags, little) & FLAG_DUMP_INTERRUPTED) !== 0) interrupted = true;
          if (type === DONE || type === ERROR) return ended(start, end);
          if (type === OVERRUN) return { malformed: 'the kernel lost a part of the answer' };
          if (type !== NOOP) {
            message.borrow(view, start + HEADER_BYTES, end, ++number);
            take(message);
          }
        }
        start += (length + 3) & ~3;
      }
      return 'more';
    },
    wasInterrupted: () => interrupted,
  };
};

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);
