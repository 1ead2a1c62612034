/**
 * From a snapshot to metric families: the samples of all collectors, those of one family joined, users'
 * choices and the limits of open labels applied. Samples that come with equal labels are added up.
 */
import type { Collector } from '../collectors/collector.ts';
import type { FamilySpec, MetricFamily, Sample, Tier } from '../metrics/family.ts';
import { isOpen } from '../metrics/label.ts';
import type { Outcome, Snapshot } from './outcome.ts';
import { atOnce, type Pieces } from './pieces.ts';

export const PREFIX = 'netstat_';

/** What the user wants to see, and how much of it. */
export interface Selection {
  readonly device: (name: string) => boolean;
  readonly statistic: (kernelName: string, tier: Tier) => boolean;
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

/** Some milliseconds' work: so many, and others have a turn. */
const SAMPLES_A_TURN = 1000;

/** What users select does not change from scrape to scrape, so it is applied to the collectors once. */
export const createMaterializer = (
  collectors: readonly Collector<string, unknown>[],
  selection: Selection,
): ((snapshot: Snapshot) => Pieces<Materialized>) => {
  const isSelected = ({ statistic }: FamilySpec<unknown>): boolean =>
    statistic === undefined || selection.statistic(statistic.kernelName, statistic.tier);
  const selected = collectors.map(collector => ({
    ...collector,
    families: collector.families.filter(isSelected),
  }));
  const unlistedLimit = selection.limits['counter'] ?? UNLISTED_LIMIT;

  return function* (snapshot) {
    const families = createFamilies(selection);
    const series = new Map<string, number>();
    const folded = new Map<string, ReadonlyMap<string, number>>();

    for (const collector of selected) {
      const told = dataIn(snapshot.get(collector.name));
      if (told.length === 0) continue;
      const surplus = createSurplus();
      let count = 0;
      for (const { data, namespace } of told) {
        const unlisted = (collector.unlisted?.(data) ?? []).filter(isSelected);
        for (const { name } of unlisted.slice(unlistedLimit)) surplus.add('counter', name);
        for (const [label, values] of Object.entries(collector.folded?.(data) ?? {})) {
          surplus.addFolded(label, values);
        }
        for (const spec of [...collector.families, ...unlisted.slice(0, unlistedLimit)]) {
          count += yield* families.add(PREFIX, spec, data, surplus, namespace);
        }
      }
      series.set(collector.name, count);
      folded.set(collector.name, surplus.counts());
    }
    return { families: families.all(), series, folded };
  };
};

/** What a collector has read, in each namespace where several are. */
const dataIn = (
  outcome: Outcome | undefined,
): readonly {
  readonly data: unknown;
  readonly namespace?: readonly [netns: string, container: string];
}[] => {
  if (outcome?.namespaces !== undefined)
    return outcome.namespaces.flatMap(({ netns, container, outcome: each }) =>
      each.status === 'ok' ? [{ data: each.data, namespace: [netns, container] as const }] : [],
    );
  return outcome?.status === 'ok' ? [{ data: outcome.data }] : [];
};

/** Families of something else than a collector: nothing to choose, and no limits that could be reached. */
export const materializeAll = <T>(
  prefix: string,
  specs: readonly FamilySpec<T>[],
  data: T,
): readonly MetricFamily[] => {
  const families = createFamilies({ device: () => true, statistic: () => true, limits: {} });
  for (const spec of specs) atOnce(families.add(prefix, spec, data, createSurplus()));
  return families.all();
};

interface Family extends MetricFamily {
  readonly samples: Sample[];
  readonly byKey: Map<string, Sample>;
}

interface Families {
  /**
   * Returns how many series the data added.
   * @param namespace where several are read: the one that the data is of
   */
  readonly add: <T>(
    prefix: string,
    spec: FamilySpec<T>,
    data: T,
    surplus: Surplus,
    namespace?: readonly [netns: string, container: string],
  ) => Pieces<number>;
  readonly all: () => readonly MetricFamily[];
}

/** Not a character: no name has a reason to hold it. */
const KEY_SEPARATOR = '\uffff';
const OTHER = 'other';
/** Behind a family's own, where several network namespaces are read. */
const NAMESPACE_LABELS = ['netns', 'container'];

const createFamilies = (selection: Selection): Families => {
  const families = new Map<string, Family>();
  let sinceTurn = 0;

  const familyOf = (
    prefix: string,
    { name, kind, help, labels }: FamilySpec<never>,
    further: readonly string[],
  ): Family => {
    const known = families.get(name);
    if (known !== undefined) return known;
    const names = [...labels.map(label => label.name), ...further];
    const family = { name: prefix + name, kind, help, labels: names, samples: [], byKey: new Map() };
    families.set(name, family);
    return family;
  };

  return {
    *add(prefix, spec, data, surplus, namespace) {
      const { kind, labels, samples, byKey } = familyOf(
        prefix,
        spec,
        namespace === undefined ? [] : NAMESPACE_LABELS,
      );
      // A counter that the kernel named after this program was written may clash with one of ours.
      if (kind !== spec.kind || labels.length !== spec.labels.length + (namespace?.length ?? 0)) {
        surplus.add('counter', spec.name);
        return 0;
      }
      const before = samples.length;
      const deviceLabel = labels.indexOf('device');
      const limit = limiter(spec, selection, surplus);
      // To read them off is quick, and cannot be interrupted.
      const emitted: (readonly [value: number, labels: readonly string[]])[] = [];
      spec.sample(data, (value, ...given) => {
        emitted.push([value, given]);
      });
      for (const [value, given] of emitted) {
        sinceTurn++;
        if (sinceTurn > SAMPLES_A_TURN) {
          yield;
          sinceTurn = 1;
        }
        const device = given[deviceLabel];
        if (device !== undefined && device !== '' && !selection.device(device)) continue;
        const limited = limit(given);
        if (limited === undefined) continue;
        const values = namespace === undefined ? limited : [...limited, ...namespace];
        const key = values.join(KEY_SEPARATOR);
        const known = byKey.get(key);
        if (known === undefined) {
          const sample = { value, labels: values, key };
          byKey.set(key, sample);
          samples.push(sample);
        } else {
          known.value += value;
        }
      }
      return samples.length - before;
    },
    all: () =>
      [...families.values()]
        .filter(({ samples }) => samples.length > 0)
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
};

const unlimited = (labels: readonly string[]): readonly string[] => labels;

/** Puts label values beyond a limit under `other`, or gives undefined where the sample is to be left out. */
const limiter = (
  spec: FamilySpec<never>,
  selection: Selection,
  surplus: Surplus,
): ((labels: readonly string[]) => readonly string[] | undefined) => {
  if (!spec.labels.some(isOpen)) return unlimited;
  const open = spec.labels.flatMap((label, i) => {
    if (!isOpen(label)) return [];
    const paired = spec.labels.flatMap((other, j) =>
      'with' in other && other.with === label.name ? [j] : [],
    );
    const limit = selection.limits[label.name] ?? label.limit;
    return [{ label, i, paired, limit, seen: new Set<string>() }];
  });

  return labels => {
    let limited = labels;
    for (const { label, i, paired, limit, seen } of open) {
      let value = labels[i] ?? '';
      for (const other of paired) value += KEY_SEPARATOR + (labels[other] ?? '');
      if (seen.has(value) || (label.surplus === 'other' && labels[i] === OTHER)) continue;
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
  readonly add: (label: string, value: string) => void;
  /** Values that the reading has put under `other` itself. */
  readonly addFolded: (label: string, values: number) => void;
  readonly counts: () => ReadonlyMap<string, number>;
}

const createSurplus = (): Surplus => {
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
