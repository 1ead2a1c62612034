import type { Machine } from './machine.ts';
import { ParseError } from './parse-error.ts';

/** An attribute: its length with this header, its type, its value; the next begins at a multiple of 4. */
const ATTRIBUTE_HEADER_BYTES = 4;
/** Flags of the kernel stand in the two upper bits of a type. */
const ATTRIBUTE_TYPE_MASK = 0x3fff;

/**
 * One borrowed message of netlink without its header: valid until the call that was given it returns, because its bytes live in a
 * buffer that the next read overwrites. Numbers are in the byte order of the machine but for ports. Every accessor throws a
 * ParseError for what the message is too short for.
 */
export class Message {
  /** 1-based. */
  number = 0;

  readonly #little: boolean;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #start = 0;
  #end = 0;

  constructor(byteOrder: Machine['byteOrder']) {
    this.#little = byteOrder === 'little';
  }

  /** Points the message at the bytes [start, end). */
  borrow(view: DataView, start: number, end: number, number: number): void {
    this.#view = view;
    this.#start = start;
    this.#end = end;
    this.number = number;
  }

  u8(at: number): number {
    return this.#view.getUint8(this.#place(at, 1));
  }

  u32(at: number): number {
    return this.#view.getUint32(this.#place(at, 4), this.#little);
  }

  /** In the order of the network, whatever that of the machine is. */
  port(at: number): number {
    return this.#view.getUint16(this.#place(at, 2), false);
  }

  /**
   * Where the value of the attribute begins, with room for so many bytes; -1 where there is no such attribute.
   * @param from where the attributes begin
   */
  attribute(from: number, type: number, bytes: number): number {
    const end = this.#end - this.#start;
    for (let at = from; at + ATTRIBUTE_HEADER_BYTES <= end;) {
      const length = this.#view.getUint16(this.#place(at, 2), this.#little);
      if (length < ATTRIBUTE_HEADER_BYTES || at + length > end) {
        throw this.wrong(`an attribute of ${length} bytes at byte ${at} of ${end}`);
      }
      const found = this.#view.getUint16(this.#place(at + 2, 2), this.#little) & ATTRIBUTE_TYPE_MASK;
      if (found === type && length >= ATTRIBUTE_HEADER_BYTES + bytes) return at + ATTRIBUTE_HEADER_BYTES;
      at += (length + 3) & ~3;
    }
    return -1;
  }

  /** The error for a message that is not what was expected. */
  wrong(problem: string): ParseError {
    return new ParseError(problem, this.number);
  }

  /** The error for an answer whose messages lack what its file would tell: none of it is of use. */
  lacks(what: string): ParseError {
    return new ParseError(`no ${what}`, this.number, 'file');
  }

  #place(at: number, bytes: number): number {
    const place = this.#start + at;
    if (place + bytes > this.#end) {
      throw this.wrong(`cut short: ${this.#end - this.#start} bytes, and a number at byte ${at}`);
    }
    return place;
  }
}
