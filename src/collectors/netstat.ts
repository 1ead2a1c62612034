/**
 * /proc/net/netstat: what TCP, IP and MPTCP count beyond the standard, one pair of lines a section. Printed by
 * netstat_seq_show() in net/ipv4/proc.c and mptcp_seq_show() in net/mptcp/mib.c.
 */
import type { FamilySpec } from '../metrics/family.ts';
import { pairedLines } from '../text/paired.ts';
import { whole } from '../text/whole.ts';
import { collector } from './collector.ts';
import { counters, kernelNames, level, unknownCounters } from './statistics/families.ts';
import type { Statistics } from './statistics/families.ts';
import { ipext } from './statistics/ipext.ts';
import { mptcpext } from './statistics/mptcpext.ts';
import { tcpext } from './statistics/tcpext.ts';

const families: readonly FamilySpec<Statistics>[] = [
  ...counters('tcpext', 'TcpExt', 'net/netstat', tcpext),
  ...counters('ipext', 'IpExt', 'net/netstat', ipext),
  ...counters('mptcpext', 'MPTcpExt', 'net/netstat', mptcpext),
  level(
    'mptcpext_curr_estab',
    'MPTcpExt_MPCurrEstab',
    'default',
    'MPTCP connections that are established now (MPTcpExt MPCurrEstab in net/netstat).',
  ),
];

const known = new Set(kernelNames(families));

export const netstat = collector({
  name: 'netstat',
  file: 'net/netstat',
  about:
    'What TCP, IP and MPTCP count beyond the standard: drops, overflows, retransmissions and their reasons.',
  fold: () => whole(pairedLines()),
  families,
  unlisted: values =>
    unknownCounters(values, known, 'net/netstat', section => ({ group: section.toLowerCase() })),
});
