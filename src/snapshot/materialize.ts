/**
 * From a snapshot to metric families: the samples of all collectors, those of one family joined, users'
 * choices and the limits of open labels applied. Samples that come with equal labels are added up.
 */
import type { Collector } from '../collectors/collector.ts';
import type { FamilySpec, MetricFamily, Sample, Tier } from '../metrics/family.ts';
import { isOpen } from '../metrics/label.ts';
import type { Snapshot } from './outcome.ts';

export const PREFIX = 'netstat_';

/** What the user wants to see, and how much of it. */
export interface Selection {
  device(name: string): boolean;
  statistic(kernelName: string, tier: Tier): boolean;
  /** How many values of an open label are exposed; the label's own limit where it is not named. */
  readonly limits: Readonly<Record<string, number>>;
}

export interface Materialized {
  readonly families: readonly MetricFamily[];
  /** Series of each collector that was read. */
  readonly series: ReadonlyMap<string, number>;
  /** For each collector that was read and each label: how many values were beyond the limit. */
  readonly folded: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Counters of the kernel that this program does not know, in one file. */
const UNLISTED_LIMIT = 256;

export const materialize = (
  snapshot: Snapshot,
  collectors: readonly Collector<string, unknown>[],
  selection: Selection,
): Materialized => {
  const families = createFamilies(selection);
  const series = new Map<string, number>();
  const folded = new Map<string, ReadonlyMap<string, number>>();

  for (const collector of collectors) {
    const outcome = snapshot.get(collector.name);
    if (outcome?.status !== 'ok') continue;
    const surplus = createSurplus();
    const unlisted = (collector.unlisted?.(outcome.data) ?? []).filter(isSelected(selection));
    const unlistedLimit = selection.limits['counter'] ?? UNLISTED_LIMIT;
    for (const { name } of unlisted.slice(unlistedLimit)) surplus.add('counter', name);

    let count = 0;
    for (const spec of [...collector.families, ...unlisted.slice(0, unlistedLimit)]) {
      if (isSelected(selection)(spec)) count += families.add(PREFIX + spec.name, spec, outcome.data, surplus);
    }
    series.set(collector.name, count);
    folded.set(collector.name, surplus.counts());
  }
  return { families: families.all(), series, folded };
};

/** Families of something else than a collector: nothing to choose, and no limits that could be reached. */
export const materializeAll = <T>(
  prefix: string,
  specs: readonly FamilySpec<T>[],
  data: T,
): readonly MetricFamily[] => {
  const families = createFamilies({ device: () => true, statistic: () => true, limits: {} });
  for (const spec of specs) families.add(prefix + spec.name, spec, data, createSurplus());
  return families.all();
};

const isSelected =
  (selection: Selection) =>
  ({ statistic }: FamilySpec<unknown>): boolean =>
    statistic === undefined || selection.statistic(statistic.kernelName, statistic.tier);

interface Family extends MetricFamily {
  readonly samples: Sample[];
  readonly byLabels: Map<string, Sample>;
}

interface Families {
  /** Returns how many series the data added. */
  add<T>(name: string, spec: FamilySpec<T>, data: T, surplus: Surplus): number;
  all(): readonly MetricFamily[];
}

/** No label value that is UTF-8 holds it. */
const LABEL_SEPARATOR = '\uffff';
const OTHER = 'other';

const createFamilies = (selection: Selection): Families => {
  const families = new Map<string, Family>();

  const familyOf = (name: string, { kind, help, labels }: FamilySpec<never>): Family => {
    const family = families.get(name) ?? {
      name,
      kind,
      help,
      labels: labels.map(label => label.name),
      samples: [],
      byLabels: new Map<string, Sample>(),
    };
    families.set(name, family);
    return family;
  };

  return {
    add(name, spec, data, surplus) {
      const family = familyOf(name, spec);
      // A counter that the kernel named after this program was written may clash with one of ours.
      if (family.kind !== spec.kind || family.labels.length !== spec.labels.length) {
        surplus.add('counter', name);
        return 0;
      }
      const before = family.samples.length;
      const deviceLabel = family.labels.indexOf('device');
      const limit = limiter(spec, selection, surplus);
      spec.sample(data, (value, ...given) => {
        const device = given[deviceLabel];
        if (device !== undefined && device !== '' && !selection.device(device)) return;
        const labels = limit(given);
        if (labels === undefined) return;
        const key = labels.join(LABEL_SEPARATOR);
        const known = family.byLabels.get(key);
        if (known !== undefined) {
          known.value += value;
          return;
        }
        const sample = { value, labels };
        family.byLabels.set(key, sample);
        family.samples.push(sample);
      });
      return family.samples.length - before;
    },
    all: () =>
      [...families.values()]
        .filter(({ samples }) => samples.length > 0)
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
};

/** Puts label values beyond a limit under `other`, or gives undefined where the sample is to be left out. */
const limiter = (
  spec: FamilySpec<never>,
  selection: Selection,
  surplus: Surplus,
): ((labels: readonly string[]) => readonly string[] | undefined) => {
  const open = spec.labels.flatMap((label, i) =>
    isOpen(label)
      ? [{ label, i, limit: selection.limits[label.name] ?? label.limit, seen: new Set<string>() }]
      : [],
  );
  if (open.length === 0) return labels => labels;

  return labels => {
    let limited = labels;
    for (const { label, i, limit, seen } of open) {
      const value = labels[i] ?? '';
      if (seen.has(value)) continue;
      if (seen.size < limit) {
        seen.add(value);
        continue;
      }
      surplus.add(label.name, value);
      if (label.surplus === 'left out') return undefined;
      limited = limited.with(i, OTHER);
    }
    return limited;
  };
};

interface Surplus {
  add(label: string, value: string): void;
  counts(): ReadonlyMap<string, number>;
}

const createSurplus = (): Surplus => {
  const values = new Map<string, Set<string>>();
  return {
    add(label, value) {
      const known = values.get(label) ?? new Set();
      values.set(label, known.add(value));
    },
    counts: () => new Map([...values].map(([label, each]) => [label, each.size])),
  };
};
