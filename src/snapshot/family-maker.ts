/**
 * Families of one scrape after another. What comes again is the same object: the labels of a series, a sample whose value is that of
 * before, a family of nothing but such samples. So most of a quiet host costs a comparison, here and for whoever makes text of it.
 */
import type { Emit, FamilySpec, MetricFamily, Sample } from '../metrics/family.ts';
import { isOpen } from '../metrics/label.ts';
import { isTurnOver, type Pieces } from './pieces.ts';

/** What the user wants to see of it. */
export interface Choice {
  readonly device: (name: string) => boolean;
  /** How many values of an open label are exposed; the label's own limit where it is not named. */
  readonly limits: Readonly<Record<string, number>>;
}

/** What one collector tells of one family, in one namespace where several are read. */
export interface Part<T = unknown> {
  readonly spec: FamilySpec<T>;
  readonly data: T;
  readonly namespace?: NamespaceLabels | undefined;
  /** The spec was made for this data, which it holds: nothing of it comes again. */
  readonly isOfData?: boolean;
}

export type NamespaceLabels = readonly [netns: string, container: string];

/** A value of a label that was beyond its limit. */
export interface Surplus {
  readonly part: number;
  readonly label: string;
  readonly value: string;
}

/** A family of one moment. */
export interface Made {
  /** Undefined without any sample. */
  readonly family: MetricFamily | undefined;
  /** Series that each part added. */
  readonly added: readonly number[];
  readonly surplus: readonly Surplus[];
}

/** Makes a family of its parts, of which the first says what it is. Samples with equal labels are added up. */
export type FamilyMaker = (parts: readonly [Part, ...Part[]]) => Pieces<Made>;

/**
 * Samples that are kept until the next scrape, some 13 MB with what is made of them. Where there are more, none is kept from then on: so
 * many leave no room for it in the heap.
 */
const KEPT_LIMIT = 20_000;

/** To compare a sample with the one before is so much cheaper than to make one. */
const COMPARISONS_FOR_ONE = 8;

const OTHER = 'other';
/** Behind a family's own, where several network namespaces are read. */
const NAMESPACE_LABELS = ['netns', 'container'];

type Labels = readonly string[];

/** As it was read off the data. */
interface Emitted {
  readonly values: readonly number[];
  /** Those of before where they are equal. */
  readonly labels: readonly Labels[];
  /** Where each part ends. */
  readonly ends: readonly number[];
  readonly isAsBefore: boolean;
}

/** What was made, and of what. */
interface Kept extends Made, Pick<Emitted, 'labels' | 'ends'> {
  readonly origins: readonly Origin[];
  /** The sample to which each that was emitted went; `LEFT_OUT` for none. */
  readonly places: readonly number[];
  /** Where the sample with these labels stands. */
  readonly byKey: ReadonlyMap<string, number>;
}

type Origin = Omit<Part, 'data'>;

const LEFT_OUT = -1;

export const createFamilyMaker = (prefix: string, choice: Choice): FamilyMaker => {
  const kept = new Map<string, Kept>();
  let size = 0;
  let areTooMany = false;

  const keep = (name: string, made: Kept): void => {
    size += made.labels.length - (kept.get(name)?.labels.length ?? 0);
    kept.set(name, made);
  };

  return function* (parts) {
    const { name } = parts[0].spec;
    const before = kept.get(name);
    const emitted = yield* emittedBy(parts, before);
    if (before !== undefined && emitted.isAsBefore) {
      const made = again(before, emitted.values);
      keep(name, made);
      return made;
    }
    if (size - (before?.labels.length ?? 0) + emitted.labels.length > KEPT_LIMIT) {
      areTooMany = true;
      kept.clear();
    }
    const isKept = !areTooMany && !parts.some(({ isOfData }) => isOfData === true);
    const made = yield* anew(prefix, choice, parts, emitted, before, isKept);
    if (isKept) keep(name, made);
    return made;
  };
};

function* emittedBy(parts: readonly Part[], before: Kept | undefined): Pieces<Emitted> {
  const values: number[] = [];
  const labels: Labels[] = [];
  const ends: number[] = [];
  let isAsBefore = before?.origins.length === parts.length;
  const emit: Emit = (value, ...given) => {
    const known = before?.labels[labels.length];
    const isKnown = known !== undefined && areEqual(known, given);
    if (!isKnown) isAsBefore = false;
    labels.push(isKnown ? known : given);
    values.push(value);
  };
  for (const part of parts) {
    const i = ends.length;
    // To read them off is quick, and cannot be interrupted.
    part.spec.sample(part.data, emit);
    if (!isSamePart(part, before?.origins[i]) || before?.ends[i] !== labels.length) isAsBefore = false;
    if (isTurnOver((labels.length - (ends[i - 1] ?? 0)) / COMPARISONS_FOR_ONE)) yield;
    ends.push(labels.length);
  }
  return { values, labels, ends, isAsBefore };
}

const isSamePart = ({ spec, namespace }: Part, before: Origin | undefined): boolean =>
  spec === before?.spec &&
  (namespace === before.namespace ||
    (namespace !== undefined && before.namespace !== undefined && areEqual(namespace, before.namespace)));

const areEqual = (some: Labels, others: Labels): boolean => {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
  return true;
};

/** With the same labels as before. */
const again = (before: Kept, values: readonly number[]): Kept => {
  const { family } = before;
  if (family === undefined) return before;
  const sums = sumsOf(before.places, values, family.samples.length);
  const isUnchanged = family.samples.every(({ value }, i) => Object.is(value, sums[i]));
  if (isUnchanged) return before;
  const samples = family.samples.map((sample, i) => withValue(sample, sums[i] ?? NaN));
  return { ...before, family: { ...family, samples } };
};

const withValue = (sample: Sample, value: number): Sample =>
  Object.is(sample.value, value) ? sample : { value, labels: sample.labels };

const sumsOf = (places: readonly number[], values: readonly number[], count: number): readonly number[] => {
  const sums = new Array<number>(count).fill(0);
  for (let i = 0; i < values.length; i++) {
    const place = places[i] ?? LEFT_OUT;
    if (place !== LEFT_OUT) sums[place] = (sums[place] ?? 0) + (values[i] ?? NaN);
  }
  return sums;
};

function* anew(
  prefix: string,
  choice: Choice,
  parts: readonly [Part, ...Part[]],
  { values, labels, ends }: Emitted,
  before: Kept | undefined,
  isKept: boolean,
): Pieces<Kept> {
  const { name, kind, help } = parts[0].spec;
  const names = namesOf(parts[0]);
  const byKey = new Map<string, number>();
  const series: Labels[] = [];
  const places = new Array<number>(labels.length).fill(LEFT_OUT);
  const added: number[] = [];
  const surplus: Surplus[] = [];
  let i = 0;
  for (const [p, part] of parts.entries()) {
    const end = ends[p] ?? 0;
    const seriesBefore = series.length;
    const ownNames = namesOf(part);
    // A counter that the kernel named after this program was written may clash with one of ours.
    if (part.spec.kind !== kind || ownNames.length !== names.length) {
      surplus.push({ part: p, label: 'counter', value: name });
      i = end;
    }
    const deviceLabel = ownNames.indexOf('device');
    const limited = limiter(part.spec, choice, (label, value) => surplus.push({ part: p, label, value }));
    for (; i < end; i++) {
      if (isTurnOver(1)) yield;
      const given = labels[i] ?? [];
      const device = given[deviceLabel];
      if (device !== undefined && device !== '' && !choice.device(device)) continue;
      const within = limited(given);
      if (within === undefined) continue;
      const own = part.namespace === undefined ? within : [...within, ...part.namespace];
      const key = keyOf(own);
      const place = byKey.get(key) ?? series.length;
      places[i] = place;
      if (place < series.length) continue;
      byKey.set(key, place);
      series.push(before?.family?.samples[before.byKey.get(key) ?? LEFT_OUT]?.labels ?? own);
    }
    added.push(series.length - seriesBefore);
  }
  const sums = sumsOf(places, values, series.length);
  const samples = series.map((each, place) => ({ value: sums[place] ?? NaN, labels: each }));
  const family =
    samples.length > 0 ? { name: prefix + name, kind, help, labels: names, samples, isKept } : undefined;
  const origins = parts.map(({ spec, namespace }) => ({ spec, namespace }));
  return { family, added, surplus, origins, labels, ends, places, byKey };
}

const namesOf = ({ spec, namespace }: Part): readonly string[] => [
  ...spec.labels.map(label => label.name),
  ...(namespace === undefined ? [] : NAMESPACE_LABELS),
];

/** Whatever characters a name holds, another has another key. */
const keyOf = (labels: Labels): string => JSON.stringify(labels);

const unlimited = (labels: Labels): Labels => labels;

/** Puts label values beyond a limit under `other`, or gives undefined where the sample is to be left out. */
const limiter = (
  spec: FamilySpec<never>,
  { limits }: Choice,
  beyond: (label: string, value: string) => void,
): ((labels: Labels) => Labels | undefined) => {
  if (!spec.labels.some(isOpen)) return unlimited;
  const open = spec.labels.flatMap((label, i) => {
    if (!isOpen(label)) return [];
    const paired = spec.labels.flatMap((other, j) =>
      'with' in other && other.with === label.name ? [j] : [],
    );
    const limit = limits[label.name] ?? label.limit;
    return [{ label, i, paired, limit, seen: new Set<string>() }];
  });

  return labels => {
    let limited = labels;
    for (const { label, i, paired, limit, seen } of open) {
      const own = labels[i] ?? '';
      const value = paired.length === 0 ? own : keyOf([own, ...paired.map(other => labels[other] ?? '')]);
      if (seen.has(value) || (label.surplus === 'other' && own === OTHER)) continue;
      if (seen.size < limit) {
        seen.add(value);
        continue;
      }
      beyond(label.name, value);
      if (label.surplus === 'left out') return undefined;
      limited = limited.with(i, OTHER);
    }
    return limited;
  };
};
