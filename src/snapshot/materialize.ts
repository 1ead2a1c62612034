/**
 * From a snapshot to metric families: the samples of all collectors, those of one family joined, users'
 * choices and the limits of open labels applied. Samples that come with equal labels are added up.
 */
import type { Collector } from '../collectors/collector.ts';
import type { FamilySpec, MetricFamily, Sample, Tier } from '../metrics/family.ts';
import { isOpen } from '../metrics/label.ts';
import type { Outcome, Snapshot } from './outcome.ts';
import { atOnce, SAMPLES_A_TURN, type InPieces, type Pieces } from './pieces.ts';

export const PREFIX = 'netstat_';

/** What the user wants to see, and how much of it. */
export interface Selection {
  readonly device: (name: string) => boolean;
  readonly statistic: (kernelName: string, tier: Tier) => boolean;
  /** How many values of an open label are exposed; the label's own limit where it is not named. */
  readonly limits: Readonly<Record<string, number>>;
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
  const unlistedLimit = selection.limits['counter'] ?? UNLISTED_LIMIT;

  return snapshot => {
    const told = new Map(collectors.map(({ name }) => [name, dataIn(snapshot.get(name))] as const));
    const read = collectors.filter(({ name }) => (told.get(name)?.length ?? 0) > 0);
    const surpluses = new Map(read.map(({ name }) => [name, createSurplus()]));
    const series = new Map(read.map(({ name }) => [name, 0]));
    const folded = new Map<string, ReadonlyMap<string, number>>();

    const unlisted: Part[] = [];
    for (const collector of read) {
      const surplus = surpluses.get(collector.name);
      for (const { data, namespace } of told.get(collector.name) ?? []) {
        const specs = (collector.unlisted?.(data) ?? []).filter(isSelected);
        for (const { name } of specs.slice(unlistedLimit)) surplus?.add('counter', name);
        for (const spec of specs.slice(0, unlistedLimit))
          unlisted.push({ collector: collector.name, spec, data, namespace });
        for (const [label, values] of Object.entries(collector.folded?.(data) ?? {}))
          surplus?.addFolded(label, values);
      }
    }
    const unlistedByName = byName(unlisted);

    const partsOf = (name: string): readonly Part[] => {
      const parts: Part[] = [];
      for (const { collector, spec } of listed.get(name) ?? [])
        for (const { data, namespace } of told.get(collector) ?? [])
          parts.push({ collector, spec, data, namespace });
      return parts.concat(unlistedByName.get(name) ?? []);
    };

    function* families(): InPieces<MetricFamily> {
      const names =
        unlistedByName.size === 0
          ? listedNames
          : [...new Set([...listedNames, ...unlistedByName.keys()])].sort();
      const isTurn = everySoManySamples();
      for (const name of names) {
        const parts = partsOf(name);
        if (parts.length === 0) continue;
        const family = createFamily(PREFIX, selection, isTurn);
        for (const { collector, spec, data, namespace } of parts) {
          const count = yield* family.add(spec, data, surpluses.get(collector) ?? createSurplus(), namespace);
          series.set(collector, (series.get(collector) ?? 0) + count);
        }
        const made = family.made();
        if (made !== undefined) yield made;
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

/** What one collector tells of one family, in one namespace where several are read. */
interface Part extends Told {
  readonly collector: string;
  readonly spec: FamilySpec<unknown>;
}

interface Told {
  readonly data: unknown;
  readonly namespace?: NamespaceLabels | undefined;
}

type NamespaceLabels = readonly [netns: string, container: string];

const dataIn = (outcome: Outcome | undefined): readonly Told[] => {
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
): readonly MetricFamily[] =>
  specs
    .flatMap(spec => {
      const family = createFamily(
        prefix,
        { device: () => true, statistic: () => true, limits: {} },
        everySoManySamples(),
      );
      atOnce(family.add(spec, data, createSurplus()));
      return family.made() ?? [];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));

interface Growing {
  /**
   * Returns how many series the data added.
   * @param namespace where several are read: the one that the data is of
   */
  readonly add: <T>(
    spec: FamilySpec<T>,
    data: T,
    surplus: Surplus,
    namespace?: NamespaceLabels,
  ) => Pieces<number>;
  /** Undefined without any sample. */
  readonly made: () => MetricFamily | undefined;
}

/** Not a character: no name has a reason to hold it. */
const KEY_SEPARATOR = '\uffff';
const OTHER = 'other';
/** Behind a family's own, where several network namespaces are read. */
const NAMESPACE_LABELS = ['netns', 'container'];

/** Asked before every sample. */
const everySoManySamples = (): (() => boolean) => {
  let samples = 0;
  return () => {
    samples++;
    return samples % SAMPLES_A_TURN === 0;
  };
};

/** Of one name: the first that is added says what it is. */
const createFamily = (prefix: string, selection: Selection, isTurn: () => boolean): Growing => {
  const samples: Sample[] = [];
  const byKey = new Map<string, Sample>();
  let family: MetricFamily | undefined;

  return {
    *add(spec, data, surplus, namespace) {
      const names = [
        ...spec.labels.map(label => label.name),
        ...(namespace === undefined ? [] : NAMESPACE_LABELS),
      ];
      const { name, kind, help } = spec;
      family ??= { name: prefix + name, kind, help, labels: names, samples };
      // A counter that the kernel named after this program was written may clash with one of ours.
      if (family.kind !== kind || family.labels.length !== names.length) {
        surplus.add('counter', name);
        return 0;
      }
      const before = samples.length;
      const deviceLabel = names.indexOf('device');
      const limit = limiter(spec, selection, surplus);
      // To read them off is quick, and cannot be interrupted.
      const emitted: (readonly [value: number, labels: readonly string[]])[] = [];
      spec.sample(data, (value, ...given) => {
        emitted.push([value, given]);
      });
      for (const [value, given] of emitted) {
        if (isTurn()) yield;
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
    made: () => (samples.length > 0 ? family : undefined),
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
