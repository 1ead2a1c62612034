/**
 * What netstat -s shows: everything that the kernel counts in net/snmp, net/netstat, net/sctp/snmp and net/snmp6, by its own names
 * and with its own numbers, in the words of the metrics.
 */
import type { Collector } from '../../collectors/collector.ts';
import type { FamilySpec, Kind } from '../../metrics/family.ts';
import type { Snapshot } from '../../snapshot/outcome.ts';
import { shown } from './shown.ts';

export interface StatisticRow {
  /** `TcpExt`. */
  readonly section: string;
  /** `ListenDrops`. */
  readonly name: string;
  readonly value: number;
  readonly kind: Kind;
  /** '' of a counter that is newer than this program, and of ICMP messages by type. */
  readonly help: string;
  /** '' where both IP versions are counted together. */
  readonly family: 'inet' | 'inet6' | '';
  readonly collector: string;
}

/** -w, -t, -u, -U and -S. */
export type StatisticProtocol = 'raw' | 'tcp' | 'udp' | 'udplite' | 'sctp';

export interface StatisticOptions {
  /** -4 and -6; netstat takes IPv4 where it is told neither, and shows nothing where it is told both. */
  readonly families: readonly ('inet' | 'inet6')[];
  /** Empty for all. */
  readonly protocols: readonly StatisticProtocol[];
  /** -v: counters that are 0 as well. */
  readonly isVerbose: boolean;
}

/** In the order of netstat, which is that of the files and of the kernel's names in them. */
export const statisticRows = (
  snapshot: Snapshot,
  collectors: readonly Collector<string, unknown>[],
): readonly StatisticRow[] =>
  files.flatMap(file => {
    const outcome = snapshot.get(file);
    if (outcome?.status !== 'ok') return [];
    const families = collectors.find(({ name }) => name === file)?.families ?? [];
    const known = new Map(families.map(family => [family.statistic?.kernelName, family]));
    return statisticsIn(outcome.data).map(([kernelName, value]) =>
      rowOf(file, kernelName, value, known.get(kernelName)),
    );
  });

/** A section is told by its name alone, and then its counters, or that they are zero. */
export const statisticLines = (
  rows: readonly StatisticRow[],
  options: StatisticOptions,
): readonly string[] => {
  const sections = new Map<string, StatisticRow[]>();
  for (const row of chosenStatistics(rows, options)) {
    const section = sections.get(row.section);
    if (section === undefined) sections.set(row.section, [row]);
    else section.push(row);
  }
  return [...sections].flatMap(([section, own]) => sectionLines(section, own, options));
};

const files = ['snmp', 'netstat', 'sctp_snmp', 'snmp6'] as const;

/** Those of net/snmp and net/netstat that are of IPv4 alone. */
const inetSections = ['Ip', 'Icmp', 'IcmpMsg', 'Udp', 'UdpLite', 'IpExt'];

/** In place of those of a metric that has another number than the kernel prints. */
const ownWords: ReadonlyMap<string, string> = new Map([
  ['Ip_Forwarding', 'Whether this host forwards packets between its interfaces, 1 if it does and 2 if not'],
  ['Tcp_RtoMin', 'Milliseconds that TCP waits at the least before it sends a segment again'],
  ['Tcp_RtoMax', 'Milliseconds that TCP waits at the most before it sends a segment again'],
]);

/** Of a name that does not begin with its section, which no kernel has printed so far. */
const OTHER_SECTION = 'Other';

/** A collector keeps its data's type to itself; all four have names and numbers. */
const statisticsIn = (data: unknown): readonly (readonly [kernelName: string, value: number])[] =>
  data instanceof Map ? [...(data as ReadonlyMap<string, number>)] : [];

const rowOf = (
  collector: (typeof files)[number],
  kernelName: string,
  value: number,
  family: FamilySpec<unknown> | undefined,
): StatisticRow => {
  const end = kernelName.indexOf('_');
  const [section, name] =
    end < 1 ? [OTHER_SECTION, kernelName] : [kernelName.slice(0, end), kernelName.slice(end + 1)];
  return {
    section,
    name,
    value,
    kind: family?.kind ?? 'counter',
    help: ownWords.get(kernelName) ?? withoutFile(family?.help ?? ''),
    family: familyOf(collector, section),
    collector,
  };
};

/** A help text ends with the kernel's names and files in brackets. */
const withoutFile = (help: string): string => help.replace(/ \([^()]*\)\.$/, '');

const familyOf = (collector: (typeof files)[number], section: string): StatisticRow['family'] => {
  if (collector === 'snmp6') return 'inet6';
  return inetSections.includes(section) ? 'inet' : '';
};

/** The sections of a protocol; those that belong to none are always shown, by netstat too. */
const protocolsBySection: ReadonlyMap<string, StatisticProtocol> = new Map([
  ['Ip', 'raw'],
  ['Icmp', 'raw'],
  ['Ip6', 'raw'],
  ['Icmp6', 'raw'],
  ['Tcp', 'tcp'],
  ['TcpExt', 'tcp'],
  ['Udp', 'udp'],
  ['Udp6', 'udp'],
  ['Sctp', 'sctp'],
]);

/** TCP counts both versions together, and stands with either, but once. */
export const chosenStatistics = (
  rows: readonly StatisticRow[],
  { families, protocols }: StatisticOptions,
): ReadonlySet<StatisticRow> => {
  const ofInet6 = rows.filter(({ collector }) => collector === 'snmp6');
  const byFamily = {
    inet: rows.filter(({ collector }) => collector !== 'snmp6'),
    inet6: [
      ...ofInet6,
      ...rows.filter(({ collector, section }) => collector === 'snmp' && section === 'Tcp'),
    ],
  };
  const isChosen = ({ section }: StatisticRow): boolean => {
    const protocol = protocolsBySection.get(section);
    return protocols.length === 0 || protocol === undefined || protocols.includes(protocol);
  };
  return new Set(families.flatMap(family => byFamily[family]).filter(isChosen));
};

const sectionLines = (
  section: string,
  rows: readonly StatisticRow[],
  { isVerbose }: StatisticOptions,
): readonly string[] => {
  const told = rows.filter(({ kind, value }) => isVerbose || kind === 'gauge' || value !== 0);
  const zeros = rows.length - told.length;
  const rest = zeros === 1 ? '1 counter is zero' : `${zeros} counters are zero`;
  return [
    shown(`${section}:`),
    ...told.map(statisticLine),
    ...(zeros === 0 ? [] : [`    ${rest} (-v shows ${zeros === 1 ? 'it' : 'them'})`]),
  ];
};

/** A number of the kernel is below 2^64, and has an exponent only beyond 10^21. */
const statisticLine = ({ name, value, help }: StatisticRow): string =>
  shown(help === '' ? `    ${name}: ${value}` : `    ${value} ${help} (${name})`);
