import { ParseError } from './parse-error.ts';

/** Fields on one line: TcpExt has 136 on a current kernel. */
export const FIELDS_PER_LINE_LIMIT = 1024;

/** Decimal numbers of up to this many digits are exact in the fast path. */
const SAFE_DIGITS = 15;
/** Hexadecimal numbers of up to this many digits are 32-bit integers, which are read several times faster. */
const WORD_DIGITS = 8;
/** The highest counter is near 2^64, which is what it rounds to; so the text is compared, not the number. */
const U64_MAX = 2n ** 64n - 1n;
const U64_DIGITS = 20;
const QUOTED_BYTES_LIMIT = 40;

const FNV_PRIME = 0x01000193;

const TAB = 0x09;
const BLANK = 0x20;
const MINUS = 0x2d;
const COLON = 0x3a;

/** Two hexadecimal numbers printed as one field, `00000000:00000003`. */
export interface HexPair {
  left: number;
  right: number;
}

/**
 * One borrowed line: valid until the call that was given it returns, because its bytes live in a buffer
 * that the next read overwrites. Fields are separated by blanks and tabs and are found only as far as they
 * are asked for. Every accessor throws a positioned ParseError for what it cannot read.
 */
export class Line {
  /** 1-based. */
  number = 0;

  #bytes: Uint8Array = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #scan = 0;
  #found = 0;
  readonly #starts = new Int32Array(FIELDS_PER_LINE_LIMIT);
  readonly #ends = new Int32Array(FIELDS_PER_LINE_LIMIT);
  readonly #pair: HexPair = { left: 0, right: 0 };

  /** Points the line at bytes[start, end), which holds no line end. */
  borrow(bytes: Uint8Array, start: number, end: number, number: number): void {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#scan = start;
    this.#found = 0;
    this.number = number;
  }

  /** How many fields the line has. */
  get count(): number {
    this.#reach(FIELDS_PER_LINE_LIMIT);
    return this.#found;
  }

  has(field: number): boolean {
    return this.#reach(field);
  }

  /** Whether the line begins with a blank or a tab. */
  get indented(): boolean {
    return this.#reach(0) && this.#start < (this.#starts[0] ?? 0);
  }

  /** How many bytes the field has; 0 where there is no such field. */
  width(field: number): number {
    return this.#reach(field) ? (this.#ends[field] ?? 0) - (this.#starts[field] ?? 0) : 0;
  }

  endsWithColon(field: number): boolean {
    return this.#reach(field) && this.#bytes[(this.#ends[field] ?? 0) - 1] === COLON;
  }

  /** The whole line. */
  all(): string {
    return readable(this.#bytes, this.#start, this.#end);
  }

  text(field: number): string {
    this.#demand(field);
    return readable(this.#bytes, this.#starts[field] ?? 0, this.#ends[field] ?? 0);
  }

  /** The field as messages show it: its first bytes, printable whatever they are; '' where there is no such field. */
  quoted(field: number): string {
    return this.#reach(field) ? quoted(this.#bytes, this.#starts[field] ?? 0, this.#ends[field] ?? 0) : '';
  }

  /** Whether the field is exactly these ASCII characters; false where there is no such field. */
  is(field: number, expected: string): boolean {
    if (!this.#reach(field)) return false;
    const start = this.#starts[field] ?? 0;
    if ((this.#ends[field] ?? 0) - start !== expected.length) return false;
    const bytes = this.#bytes;
    for (let i = 0; i < expected.length; i++) {
      if (bytes[start + i] !== expected.charCodeAt(i)) return false;
    }
    return true;
  }

  /** Whether the field begins with these bytes; false where there is no such field. */
  startsWith(field: number, beginning: Uint8Array): boolean {
    if (!this.#reach(field)) return false;
    const start = this.#starts[field] ?? 0;
    return (this.#ends[field] ?? 0) - start >= beginning.length && this.#holds(start, beginning);
  }

  /** Which of these words the field is; -1 where it is none of them. */
  oneOf(field: number, words: readonly Uint8Array[]): number {
    if (!this.#reach(field)) return -1;
    const start = this.#starts[field] ?? 0;
    const width = (this.#ends[field] ?? 0) - start;
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      if (word?.length === width && this.#holds(start, word)) return i;
    }
    return -1;
  }

  /** Whether two fields are the same behind their first bytes: `src=10.1.2.3` and `dst=10.1.2.3` are behind 4. */
  sameBehind(field: number, other: number, skipped: number): boolean {
    this.#demand(field);
    this.#demand(other);
    const start = this.#starts[field] ?? 0;
    const end = this.#ends[field] ?? 0;
    const away = (this.#starts[other] ?? 0) - start;
    if ((this.#ends[other] ?? 0) - end !== away) return false;
    const bytes = this.#bytes;
    for (let i = start + skipped; i < end; i++) {
      if (bytes[i] !== bytes[i + away]) return false;
    }
    return true;
  }

  /** Whether this ASCII character stands anywhere in the field; false where there is no such field. */
  contains(field: number, character: string): boolean {
    if (!this.#reach(field)) return false;
    const wanted = character.charCodeAt(0);
    const end = this.#ends[field] ?? 0;
    for (let i = this.#starts[field] ?? 0; i < end; i++) if (this.#bytes[i] === wanted) return true;
    return false;
  }

  /**
   * An unsigned decimal number. Beyond 15 digits units are lost exactly as in Prometheus's own doubles.
   */
  decimal(field: number): number {
    this.#demand(field);
    const start = this.#starts[field] ?? 0;
    return this.#decimal(field, start, this.#ends[field] ?? 0);
  }

  /** The unsigned decimal number behind these ASCII characters, `use=2`. */
  decimalBehind(field: number, key: Uint8Array): number {
    if (!this.startsWith(field, key)) throw this.wrong(field, `expected ${readable(key)} and a number`);
    return this.#decimal(field, (this.#starts[field] ?? 0) + key.length, this.#ends[field] ?? 0);
  }

  /** A decimal number that may carry a minus sign. */
  signed(field: number): number {
    this.#demand(field);
    const start = this.#starts[field] ?? 0;
    const end = this.#ends[field] ?? 0;
    return this.#bytes[start] === MINUS
      ? -this.#decimal(field, start + 1, end)
      : this.#decimal(field, start, end);
  }

  hex(field: number): number {
    this.#demand(field);
    return this.#hex(field, this.#starts[field] ?? 0, this.#ends[field] ?? 0);
  }

  /** `0x1003`, as sysfs prints flags. */
  prefixedHex(field: number): number {
    this.#demand(field);
    const start = this.#starts[field] ?? 0;
    if (this.#bytes[start] !== 0x30 || this.#bytes[start + 1] !== 0x78) {
      throw this.wrong(field, 'expected a hexadecimal number with 0x before it');
    }
    return this.#hex(field, start + 2, this.#ends[field] ?? 0);
  }

  /** Both halves of `hex:hex`. The object is reused by the next call. */
  pair(field: number): Readonly<HexPair> {
    this.#demand(field);
    const start = this.#starts[field] ?? 0;
    const end = this.#ends[field] ?? 0;
    let colon = start;
    while (colon < end && this.#bytes[colon] !== COLON) colon++;
    if (colon === end) throw this.wrong(field, 'expected two hexadecimal numbers joined by a colon');
    this.#pair.left = this.#hex(field, start, colon);
    this.#pair.right = this.#hex(field, colon + 1, end);
    return this.#pair;
  }

  /** The number behind the last colon of `0100007F:1F90`. */
  hexBehindColon(field: number): number {
    this.#demand(field);
    const start = this.#starts[field] ?? 0;
    const end = this.#ends[field] ?? 0;
    const colon = this.#lastColon(start, end);
    if (colon < start) throw this.wrong(field, 'expected a colon and a hexadecimal number behind it');
    return this.#hex(field, colon + 1, end);
  }

  /**
   * The words of 8 hexadecimal digits each before the last colon of the field, as addresses are printed. Returns how many there
   * are, and 0 where anything else stands there.
   */
  wordsBeforeColon(field: number, words: Uint32Array): number {
    this.#demand(field);
    const start = this.#starts[field] ?? 0;
    const digits = this.#lastColon(start, this.#ends[field] ?? 0) - start;
    const count = digits / WORD_DIGITS;
    if (!Number.isInteger(count) || count < 1 || count > words.length) return 0;
    const bytes = this.#bytes;
    let seen = 0;
    for (let i = 0; i < count; i++) {
      let word = 0;
      const first = start + i * WORD_DIGITS;
      for (let at = first; at < first + WORD_DIGITS; at++) {
        const digit = hexDigits[bytes[at] ?? 0] ?? NOT_HEX;
        seen |= digit;
        word = (word << 4) | digit;
      }
      words[i] = word;
    }
    return seen > 0xf ? 0 : count;
  }

  /** What stands behind the one blank or tab that ends this field: a unix path is bytes, blanks at its end included. */
  textBehind(field: number): string {
    this.#demand(field);
    return readable(this.#bytes, Math.min((this.#ends[field] ?? 0) + 1, this.#end), this.#end);
  }

  /** Whether the line goes on behind this field, be it with nothing but a blank: a unix path is bytes. */
  goesOnBehind(field: number): boolean {
    this.#demand(field);
    return (this.#ends[field] ?? 0) < this.#end;
  }

  /**
   * The name that begins at this field and ends before the last colon of the line; names may hold colons, and
   * some kernels print no blank after it. The fields are counted anew behind it.
   */
  takeName(field: number): string {
    this.#demand(field);
    const start = this.#starts[field] ?? 0;
    const colon = this.#bytes.lastIndexOf(COLON, this.#end - 1);
    if (colon <= start) throw this.wrong(field, 'expected a name and a colon');
    let end = colon;
    while (end > start && this.#bytes[end - 1] === BLANK) end--;
    this.#scan = colon + 1;
    this.#found = 0;
    return readable(this.#bytes, start, end);
  }

  /** A 32-bit hash of these fields: to see that something changed, never to name it. */
  fingerprint(fields: readonly number[]): number {
    let hash = 0;
    for (const field of fields) {
      this.#demand(field);
      hash = this.#hash(hash, this.#starts[field] ?? 0, this.#ends[field] ?? 0);
    }
    return hash;
  }

  /** As the fingerprint, of what stands before the last colon of the first field and of the whole second one. */
  fingerprintWithoutPort(field: number, other: number): number {
    this.#demand(Math.max(field, other));
    const start = this.#starts[field] ?? 0;
    const hash = this.#hash(0, start, this.#lastColon(start, this.#ends[field] ?? 0));
    return this.#hash(hash, this.#starts[other] ?? 0, this.#ends[other] ?? 0);
  }

  /** One before the start where there is none. A port is short: to ask the buffer would take longer. */
  #lastColon(start: number, end: number): number {
    let at = end - 1;
    while (at >= start && this.#bytes[at] !== COLON) at--;
    return at;
  }

  #hash(seed: number, start: number, end: number): number {
    let hash = Math.imul(seed ^ BLANK, FNV_PRIME);
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (this.#bytes[i] ?? 0), FNV_PRIME);
    return hash;
  }

  /** The error for a field of this line that is not what was expected, showing what stood there. */
  wrong(field: number, problem: string): ParseError {
    const shown = this.#reach(field) ? `, found "${this.quoted(field)}"` : '';
    return new ParseError(`field ${field + 1}: ${problem}${shown}`, this.number);
  }

  #holds(start: number, expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < expected.length; i++) {
      if (bytes[start + i] !== expected[i]) return false;
    }
    return true;
  }

  #decimal(field: number, start: number, end: number): number {
    const digits = end - start;
    if (digits < 1) throw this.wrong(field, 'expected a decimal number');
    const bytes = this.#bytes;
    let value = 0;
    for (let i = start; i < end; i++) {
      const digit = (bytes[i] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) throw this.wrong(field, 'expected a decimal number');
      value = value * 10 + digit;
    }
    if (digits <= SAFE_DIGITS) return value;
    return this.#wide(field, start, end);
  }

  /** Adding digit by digit rounds more than once; Number rounds once. */
  #wide(field: number, start: number, end: number): number {
    const digits = readable(this.#bytes, start, end);
    if (digits.length > U64_DIGITS || BigInt(digits) > U64_MAX) {
      throw this.wrong(field, 'expected a number below 2^64');
    }
    return Number(digits);
  }

  #hex(field: number, start: number, end: number): number {
    const digits = end - start;
    if (digits < 1) throw this.wrong(field, 'expected a hexadecimal number');
    if (digits > WORD_DIGITS) return this.#wideHex(field, start, end);
    const bytes = this.#bytes;
    let word = 0;
    let seen = 0;
    for (let i = start; i < end; i++) {
      const digit = hexDigits[bytes[i] ?? 0] ?? NOT_HEX;
      seen |= digit;
      word = (word << 4) | digit;
    }
    if (seen > 0xf) throw this.wrong(field, 'expected a hexadecimal number');
    return word >>> 0;
  }

  #wideHex(field: number, start: number, end: number): number {
    let value = 0;
    for (let i = start; i < end; i++) {
      const digit = hexDigits[this.#bytes[i] ?? 0] ?? NOT_HEX;
      if (digit === NOT_HEX) throw this.wrong(field, 'expected a hexadecimal number');
      value = value * 16 + digit;
    }
    if (value >= 2 ** 53) throw this.wrong(field, 'expected a hexadecimal number below 2^53');
    return value;
  }

  #demand(field: number): void {
    if (!this.#reach(field)) {
      throw new ParseError(`field ${field + 1}: missing, the line has ${this.#found}`, this.number);
    }
  }

  /** Whether there is such a field. Mostly it was found before: this much is inlined wherever it is asked. */
  #reach(field: number): boolean {
    return field < this.#found || this.#find(field);
  }

  /** Finds fields up to this one; false where the line has fewer. */
  #find(field: number): boolean {
    const bytes = this.#bytes;
    const starts = this.#starts;
    const ends = this.#ends;
    const end = this.#end;
    let at = this.#scan;
    let found = this.#found;
    while (found <= field) {
      while (at < end && isBlank(bytes[at] ?? 0)) at++;
      if (at === end) break;
      if (found === FIELDS_PER_LINE_LIMIT) {
        throw new ParseError(`more than ${FIELDS_PER_LINE_LIMIT} fields`, this.number);
      }
      starts[found] = at;
      while (at < end && !isBlank(bytes[at] ?? 0)) at++;
      ends[found] = at;
      found++;
    }
    this.#scan = at;
    this.#found = found;
    return field < found;
  }
}

/** Words to compare with in every row of a large table: reading a string's characters costs several times a byte's. */
export const ascii = (text: string): Uint8Array =>
  Uint8Array.from(text, character => character.charCodeAt(0));

/** Almost every byte is beyond a blank, and decided by the first comparison. */
const isBlank = (byte: number): boolean => byte <= BLANK && (byte === BLANK || byte === TAB);

const NOT_HEX = 0xff;
const hexDigits = new Uint8Array(256).fill(NOT_HEX);
for (let value = 0; value < 16; value++) {
  hexDigits[value.toString(16).charCodeAt(0)] = value;
  hexDigits[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Bytes as text that a label or a table can carry: UTF-8 where they are that, else every byte beyond
 * ASCII as `\xNN`, so that two different names stay different.
 */
export const readable = (bytes: Uint8Array, start = 0, end = bytes.length): string => {
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte > 0x7f) return beyondAscii(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
};

const beyondAscii = (bytes: Uint8Array): string => {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return Array.from(bytes, byte =>
      byte > 0x7f ? `\\x${byte.toString(16)}` : String.fromCharCode(byte),
    ).join('');
  }
};

const quoted = (bytes: Uint8Array, start: number, end: number): string =>
  Array.from(bytes.subarray(start, Math.min(end, start + QUOTED_BYTES_LIMIT)), byte =>
    byte < BLANK || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte),
  ).join('') + (end - start > QUOTED_BYTES_LIMIT ? '…' : '');
