/**
 * /proc/net/sctp/snmp: the counters of SCTP over both IP versions, one `SctpOutOfBlues 7` a line, printed by
 * sctp_snmp_seq_show() in net/sctp/proc.c.
 */
import type { FamilySpec } from '../metrics/family.ts';
import { nameValueLines } from '../text/name-value.ts';
import { collector } from './collector.ts';
import { counters, kernelNames, level, unknownCounters } from './statistics/families.ts';
import type { Statistics } from './statistics/families.ts';
import { sctp } from './statistics/sctp.ts';

/** The kernel adds one for each processor up while they change, and the sum may be below zero for a moment. */
const CURRENT = 'Sctp_CurrEstab';

const families: readonly FamilySpec<Statistics>[] = [
  level(
    'sctp_curr_estab',
    CURRENT,
    'minimal',
    'SCTP associations that are established now, or on their way to shutdown (Sctp CurrEstab in net/sctp/snmp).',
  ),
  ...counters('sctp', 'Sctp', 'net/sctp/snmp', sctp),
];

const known = new Set(kernelNames(families));

/** The file writes section and name in one word. */
const withSection = (name: string): string => name.replace(/^Sctp(?=.)/, 'Sctp_');

export const sctpSnmp = collector({
  name: 'sctp_snmp',
  file: 'net/sctp/snmp',
  about: 'Counters of SCTP over IPv4 and IPv6.',
  fold: () => nameValueLines(withSection, [CURRENT]),
  families,
  unlisted: values =>
    unknownCounters(values, known, 'net/sctp/snmp', section => ({ group: section.toLowerCase() })),
});
