/** IP addresses as people write them. */
import type { Machine } from './machine.ts';

/** What a word of the kernel holds in memory, in the order of its bytes: 0x0100007F of a little-endian host is 127.0.0.1. */
export const ipv4 = (word: number, byteOrder: Machine['byteOrder']): string =>
  byteOrder === 'big'
    ? `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`
    : `${word & 0xff}.${(word >>> 8) & 0xff}.${(word >>> 16) & 0xff}.${word >>> 24}`;

const ipv4Text = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Whether this is an address as the kernel prints it, `10.1.2.3`. */
export const isIpv4 = (text: string): boolean => ipv4Text.test(text);

const ipv6Digits = /^[0-9a-fA-F]{32}$/;

/**
 * The canonical text of RFC 5952 for 32 hexadecimal digits in network order; undefined where there is something
 * else. An IPv4 address that is mapped into IPv6 keeps its dots: `::ffff:10.1.2.3`.
 */
export const ipv6 = (digits: string): string | undefined =>
  ipv6Digits.test(digits)
    ? asIpv6(Array.from({ length: GROUPS }, (_, i) => parseInt(digits.slice(4 * i, 4 * i + 4), 16)))
    : undefined;

/** The same for four words of the kernel, each with its bytes in the order of the machine. */
export const ipv6OfWords = (words: Uint32Array, byteOrder: Machine['byteOrder']): string => {
  const groups: number[] = [];
  for (let i = 0; i < GROUPS / 2; i++) {
    const word = byteOrder === 'big' ? (words[i] ?? 0) : swapped(words[i] ?? 0);
    groups.push(word >>> 16, word & 0xffff);
  }
  return asIpv6(groups);
};

const GROUPS = 8;

/** The bytes of a word, last to first. */
const swapped = (word: number): number =>
  ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;

const asIpv6 = (groups: readonly number[]): string => {
  const { start, length } = longestZeros(groups);
  if (start === 0 && length === 5 && groups[5] === 0xffff) return `::ffff:${ipv4Tail(groups)}`;
  return length < 2
    ? joined(groups, 0, GROUPS)
    : `${joined(groups, 0, start)}::${joined(groups, start + length, GROUPS)}`;
};

const ipv4Tail = (groups: readonly number[]): string =>
  ipv4((((groups[6] ?? 0) << 16) | (groups[7] ?? 0)) >>> 0, 'big');

const joined = (groups: readonly number[], from: number, to: number): string => {
  let text = '';
  for (let i = from; i < to; i++) text += `${i > from ? ':' : ''}${(groups[i] ?? 0).toString(16)}`;
  return text;
};

/** Of several runs of the same length the first. */
const longestZeros = (groups: readonly number[]): { start: number; length: number } => {
  let start = 0;
  let longest = 0;
  let length = 0;
  for (let i = 0; i < groups.length; i++) {
    length = groups[i] === 0 ? length + 1 : 0;
    if (length <= longest) continue;
    longest = length;
    start = i + 1 - length;
  }
  return { start, length: longest };
};
