/**
 * From a snapshot to metric families: the samples of all collectors, those of one family joined, users'
 * choices and the limits of open labels applied. Samples that come with equal labels are added up.
 */
import type { Collector } from '../collectors/collector.ts';
import type { FamilySpec, MetricFamily, Tier } from '../metrics/family.ts';
import { createFamilyMaker, type Choice, type NamespaceLabels, type Part } from './family-maker.ts';
import type { Outcome, Snapshot } from './outcome.ts';
import { atOnce, isTurnOver, type InPieces } from './pieces.ts';

export const PREFIX = 'netstat_';

/** What the user wants to see, and how much of it. */
export interface Selection extends Choice {
  readonly statistic: (kernelName: string, tier: Tier) => boolean;
}

export interface Materialized {
  /**
   * By name, each made when its turn comes and gone before the next: of a host with very many series they are never all in memory. To
   * be gone through once.
   */
  readonly families: Iterable<MetricFamily | undefined>;
  /** Series of each collector that was read; complete when all families were taken. */
  readonly series: ReadonlyMap<string, number>;
  /** For each collector that was read and each label: how many values were beyond the limit; likewise. */
  readonly folded: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Counters of the kernel that this program does not know, in one file. */
const UNLISTED_LIMIT = 256;

/** What users select does not change from scrape to scrape, so it is applied to the collectors once. */
export const createMaterializer = (
  collectors: readonly Collector<string, unknown>[],
  selection: Selection,
): ((snapshot: Snapshot) => Materialized) => {
  const isSelected = ({ statistic }: FamilySpec<unknown>): boolean =>
    statistic === undefined || selection.statistic(statistic.kernelName, statistic.tier);
  const selected = collectors.flatMap(({ name, families }) =>
    families.filter(isSelected).map(spec => ({ collector: name, spec })),
  );
  const listed = byName(selected);
  const listedNames = [...listed.keys()].sort();
  const make = createFamilyMaker(PREFIX, selection);
  const unlistedLimit = selection.limits['counter'] ?? UNLISTED_LIMIT;

  return snapshot => {
    const series = new Map<string, number>();
    const folded = new Map<string, ReadonlyMap<string, number>>();

    function* families(): InPieces<MetricFamily> {
      const told = new Map<string, readonly Told[]>();
      const surpluses = new Map<string, Surpluses>();
      const unlisted: Share[] = [];
      for (const collector of collectors) {
        const all = dataIn(snapshot.get(collector.name));
        if (all.length === 0) continue;
        const surplus = createSurplus();
        told.set(collector.name, all);
        surpluses.set(collector.name, surplus);
        series.set(collector.name, 0);
        for (const { data, namespace } of all) {
          if (isTurnOver(0)) yield;
          const specs = (collector.unlisted?.(data) ?? []).filter(isSelected);
          for (const { name } of specs.slice(unlistedLimit)) surplus.add('counter', name);
          for (const spec of specs.slice(0, unlistedLimit))
            unlisted.push({ collector: collector.name, spec, data, namespace, isOfData: true });
          for (const [label, values] of Object.entries(collector.folded?.(data) ?? {}))
            surplus.addFolded(label, values);
        }
      }
      const unlistedByName = byName(unlisted);

      const sharesOf = (name: string): readonly Share[] => {
        const shares: Share[] = [];
        for (const { collector, spec } of listed.get(name) ?? [])
          for (const { data, namespace } of told.get(collector) ?? [])
            shares.push({ collector, spec, data, namespace });
        for (const share of unlistedByName.get(name) ?? []) shares.push(share);
        return shares;
      };

      const names =
        unlistedByName.size === 0
          ? listedNames
          : [...new Set([...listedNames, ...unlistedByName.keys()])].sort();
      for (const name of names) {
        const [first, ...others] = sharesOf(name);
        if (first === undefined) continue;
        const shares = [first, ...others] as const;
        const { family, added, surplus } = yield* make(shares);
        for (const [i, { collector }] of shares.entries())
          series.set(collector, (series.get(collector) ?? 0) + (added[i] ?? 0));
        for (const { part, label, value } of surplus)
          surpluses.get(shares[part]?.collector ?? '')?.add(label, value);
        if (family !== undefined) yield family;
      }
      for (const [collector, surplus] of surpluses) folded.set(collector, surplus.counts());
    }

    return { families: families(), series, folded };
  };
};

const byName = <Each extends { readonly spec: FamilySpec<never> }>(
  all: readonly Each[],
): ReadonlyMap<string, readonly Each[]> => {
  const groups = new Map<string, Each[]>();
  for (const each of all) {
    const group = groups.get(each.spec.name) ?? [];
    group.push(each);
    groups.set(each.spec.name, group);
  }
  return groups;
};

/** A part, and whose it is. */
interface Share extends Part {
  readonly collector: string;
}

interface Told {
  readonly data: unknown;
  readonly namespace?: NamespaceLabels | undefined;
}

const dataIn = (outcome: Outcome | undefined): readonly Told[] => {
  if (outcome?.namespaces !== undefined)
    return outcome.namespaces.flatMap(({ netns, container, outcome: each }) =>
      each.status === 'ok' ? [{ data: each.data, namespace: [netns, container] as const }] : [],
    );
  return outcome?.status === 'ok' ? [{ data: outcome.data }] : [];
};

/** Families of something else than a collector: nothing to choose, and no limits that could be reached. */
export const createFamilies = <T>(
  prefix: string,
  specs: readonly FamilySpec<T>[],
): ((data: T) => readonly MetricFamily[]) => {
  const make = createFamilyMaker(prefix, { device: () => true, limits: {} });
  const sorted = specs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return data => sorted.flatMap(spec => atOnce(make([{ spec, data }])).family ?? []);
};

interface Surpluses {
  readonly add: (label: string, value: string) => void;
  /** Values that the reading has put under `other` itself. */
  readonly addFolded: (label: string, values: number) => void;
  readonly counts: () => ReadonlyMap<string, number>;
}

const createSurplus = (): Surpluses => {
  const values = new Map<string, Set<string>>();
  const folded = new Map<string, number>();
  return {
    add(label, value) {
      const known = values.get(label) ?? new Set();
      values.set(label, known.add(value));
    },
    addFolded(label, count) {
      if (count > 0) folded.set(label, count);
    },
    counts() {
      const counts = new Map(folded);
      for (const [label, each] of values) counts.set(label, (folded.get(label) ?? 0) + each.size);
      return counts;
    },
  };
};
