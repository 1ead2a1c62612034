/** IP addresses as people write them. */
import type { Machine } from './machine.ts';

/** What a word of the kernel holds in memory, in the order of its bytes: 0x0100007F of a little-endian host is 127.0.0.1. */
export const ipv4 = (word: number, byteOrder: Machine['byteOrder']): string => {
  const bytes = [word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff];
  return (byteOrder === 'big' ? bytes : bytes.reverse()).join('.');
};

const ipv4Text = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Whether this is an address as the kernel prints it, `10.1.2.3`. */
export const isIpv4 = (text: string): boolean => ipv4Text.test(text);

const ipv6Digits = /^[0-9a-fA-F]{32}$/;
const MAPPED = '00000000000000000000ffff';

/**
 * The canonical text of RFC 5952 for 32 hexadecimal digits in network order; undefined where there is something
 * else. An IPv4 address that is mapped into IPv6 keeps its dots: `::ffff:10.1.2.3`.
 */
export const ipv6 = (digits: string): string | undefined => {
  if (!ipv6Digits.test(digits)) return undefined;
  const lower = digits.toLowerCase();
  if (lower.startsWith(MAPPED)) return `::ffff:${ipv4(parseInt(lower.slice(MAPPED.length), 16), 'big')}`;
  const groups = Array.from({ length: 8 }, (_, i) => parseInt(lower.slice(4 * i, 4 * i + 4), 16));
  const text = (from: number, to = 8): string =>
    groups
      .slice(from, to)
      .map(group => group.toString(16))
      .join(':');
  const { start, length } = longestZeros(groups);
  return length < 2 ? text(0) : `${text(0, start)}::${text(start + length)}`;
};

/** Of several runs of the same length the first. */
const longestZeros = (groups: readonly number[]): { start: number; length: number } => {
  let longest = { start: 0, length: 0 };
  let length = 0;
  groups.forEach((group, i) => {
    length = group === 0 ? length + 1 : 0;
    if (length > longest.length) longest = { start: i + 1 - length, length };
  });
  return longest;
};
