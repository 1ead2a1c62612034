/** One row of the tables behind `netstat -s`: a kernel counter, how loudly it is exposed and what it tells. */
import type { Tier } from '../../metrics/family.ts';

export interface Statistic {
  /** The kernel's name without its section; the metric's name is made of it by the one mechanical rule. */
  readonly field: string;
  readonly tier: Tier;
  readonly help: string;
  /** Its names in net/snmp and in net/snmp6 (without the prefix); undefined where that file has no such counter. */
  readonly inet: string | undefined;
  readonly inet6: string | undefined;
}

export type StatisticRow = (field: string, tier: Tier, help: string) => Statistic;

/** A counter that net/snmp and net/snmp6 both print under the same name. */
export const both: StatisticRow = (field, tier, help) => ({ field, tier, help, inet: field, inet6: field });

/** A counter of net/snmp or net/netstat alone. */
export const inet: StatisticRow = (field, tier, help) => ({
  field,
  tier,
  help,
  inet: field,
  inet6: undefined,
});

/** A counter of net/snmp6 alone. */
export const inet6: StatisticRow = (field, tier, help) => ({
  field,
  tier,
  help,
  inet: undefined,
  inet6: field,
});

/** The same thing counted under two names: the metric carries the one of net/snmp. */
export const renamed = (field: string, inet6: string, tier: Tier, help: string): Statistic => ({
  field,
  tier,
  help,
  inet: field,
  inet6,
});
