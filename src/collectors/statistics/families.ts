/** From the tables to families: one metric a counter, named after the kernel's name by one mechanical rule. */
import type { FamilySpec, Tier } from '../../metrics/family.ts';
import { familyOf } from '../collector.ts';
import type { Statistic } from './statistic.ts';

/** `Ip_InReceives` -> value: the names that users select by. */
export type Statistics = ReadonlyMap<string, number>;

/**
 * `TCPOFOQueue` -> `tcpofo_queue`, `TCPRcvQDrop` -> `tcp_rcv_q_drop`. HMac is one word: promtool takes an `h` alone
 * for an hour.
 */
export const snakeCase = (kernelName: string): string =>
  kernelName
    .replace('HMac', 'Hmac')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();

const metric = familyOf<Statistics>();

/** The sentence of a table with the kernel's own names behind it. */
export const helpWith = (sentence: string, kernelNames: string): string =>
  `${sentence.replace(/\.$/, '')} (${kernelNames}).`;

/** Counters that the kernel keeps apart by IP version: the ones that this version's file has. */
export const countersByFamily = (
  family: 'inet' | 'inet6',
  group: string,
  section: string,
  table: readonly Statistic[],
): readonly FamilySpec<Statistics>[] =>
  table.flatMap(({ field, tier, help, inet, inet6 }) => {
    const name = family === 'inet' ? inet : inet6;
    if (name === undefined) return [];
    const kernelName = family === 'inet' ? `${section}_${name}` : `${section}6_${name}`;
    const printed = [
      inet === undefined ? [] : [`${section} ${inet} in net/snmp`],
      inet6 === undefined ? [] : [`${section}6${inet6} in net/snmp6`],
    ];
    return [
      metric({
        name: `${group}_${snakeCase(field)}_total`,
        kind: 'counter',
        help: helpWith(help, printed.flat().join(', ')),
        labels: [{ name: 'family', values: [family] }],
        statistic: { kernelName, tier },
        sample(values, emit) {
          const value = values.get(kernelName);
          if (value !== undefined) emit(value, family);
        },
      }),
    ];
  });

/** Counters that the kernel does not keep apart by IP version. */
export const counters = (
  group: string,
  section: string,
  file: string,
  table: readonly Statistic[],
): readonly FamilySpec<Statistics>[] =>
  table.map(({ field, tier, help }) =>
    level(
      `${group}_${snakeCase(field)}_total`,
      `${section}_${field}`,
      tier,
      helpWith(help, `${section} ${field} in ${file}`),
      'counter',
    ),
  );

/** One value of net/snmp or net/netstat that is not one of many counters. */
export const level = (
  name: string,
  kernelName: string,
  tier: Tier,
  help: string,
  kind: 'counter' | 'gauge' = 'gauge',
  convert: (value: number) => number = value => value,
): FamilySpec<Statistics> =>
  metric({
    name,
    kind,
    help,
    labels: [],
    statistic: { kernelName, tier },
    sample(values, emit) {
      const value = values.get(kernelName);
      if (value !== undefined) emit(convert(value));
    },
  });

/** What a metric can be named after. */
const plainName = /^[A-Za-z][A-Za-z0-9]*_[A-Za-z][A-Za-z0-9]*$/;

/**
 * Counters of a kernel newer than this program. They are exposed with all others when everything is asked
 * for, as counters, which all but a handful of the kernel's statistics are.
 * @param groupOf the group, and the address family if it has one, that a section belongs to
 */
export const unknownCounters = (
  values: Statistics,
  known: ReadonlySet<string>,
  file: string,
  groupOf: (section: string) => { group: string; family?: 'inet' | 'inet6' },
): readonly FamilySpec<Statistics>[] =>
  [...values.keys()]
    .filter(kernelName => !known.has(kernelName) && plainName.test(kernelName))
    .map(kernelName => {
      const [section = '', field = ''] = kernelName.split('_');
      const { group, family } = groupOf(section);
      return metric({
        name: `${group}_${snakeCase(field)}_total`,
        kind: 'counter',
        help: `A counter that this version of the exporter has no words for (${section} ${field} in ${file}).`,
        labels: family === undefined ? [] : [{ name: 'family', values: [family] }],
        statistic: { kernelName, tier: 'all' },
        sample(data, emit) {
          const value = data.get(kernelName) ?? 0;
          if (family === undefined) emit(value);
          else emit(value, family);
        },
      });
    });

export const kernelNames = (families: readonly FamilySpec<Statistics>[]): readonly string[] =>
  families.flatMap(({ statistic }) => (statistic === undefined ? [] : [statistic.kernelName]));
