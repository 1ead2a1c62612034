/**
 * The lists of addresses in /proc/net/sctp/eps and assocs, printed by sctp_seq_dump_local_addrs() and
 * sctp_seq_dump_remote_addrs() in net/sctp/proc.c. Both IP versions are in one file, and nothing else tells them apart.
 */
import { ipv6 } from '../../text/address.ts';
import type { Line } from '../../text/line.ts';

export const sctpVersions = ['inet', 'inet6'] as const;
export type SctpVersion = (typeof sctpVersions)[number];

/**
 * The field behind a list that begins here, which may be empty. An address has dots or colons and no other column
 * has; the primary one has a star before it.
 */
export const behindAddresses = (line: Line, first: number): number => {
  let field = first;
  while (line.contains(field, '.') || line.contains(field, ':')) field++;
  return field;
};

/** A socket of IPv6 may have addresses of IPv4 as well; tcp6 takes such a one for its own, and so do we. */
export const versionOf = (line: Line, first: number, end: number): SctpVersion => {
  for (let field = first; field < end; field++) if (line.contains(field, ':')) return 'inet6';
  return 'inet';
};

export const addressesIn = (line: Line, first: number, end: number): readonly string[] =>
  Array.from({ length: end - first }, (_, i) => addressIn(line, first + i));

/** The primary one, and the first where none is marked; '' in an empty list. */
export const chiefAddress = (line: Line, first: number, end: number): string => {
  for (let field = first; field < end; field++) if (line.contains(field, '*')) return addressIn(line, field);
  return first < end ? addressIn(line, first) : '';
};

/** Those of IPv6 are printed with all their zeros. */
const addressIn = (line: Line, field: number): string => {
  const text = line.text(field).replace(/^\*/, '');
  return ipv6(text.replaceAll(':', '')) ?? text;
};
