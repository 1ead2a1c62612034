/** What must never come of any input, however broken: each rule names itself where it is broken. */
import { AssertionError } from 'node:assert';
import type { Collector } from '../../src/collectors/collector.ts';
import type { Format } from '../../src/faces/exposition.ts';
import type { MetricFamily } from '../../src/metrics/family.ts';
import { isOpen, worstCase, type Label } from '../../src/metrics/label.ts';
import { EXAMPLES_LIMIT, type Outcome } from '../../src/snapshot/outcome.ts';
import { PREFIX, type Selection } from '../../src/snapshot/materialize.ts';
import { LINE_BYTES_LIMIT } from '../../src/text/lines.ts';
import { parseExposition } from './strict-exposition.ts';

type AnyCollector = Collector<string, unknown>;

/** A message quotes at most 40 bytes of a file, each as four characters at the most. */
const MESSAGE_LENGTH_LIMIT = 400;
/** What the kernel prints with a sign: a limit where there is none, and totals that it adds over the CPUs without a floor. */
const signed = /^netstat_(tcp_max_conn$|sctp_curr_estab$|sockstat_)/;
/** Unknown counters that one file may add. */
const UNLISTED_LIMIT = 256;

const NEWLINE = 0x0a;
const QUOTED = 100;

const quoted = (value: unknown): string => JSON.stringify(value).slice(0, QUOTED);

/** How many lines no reader may use: those beyond the limit, and one that does not end. */
export const unusableLines = (bytes: Buffer): number => {
  let count = 0;
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    if (end - start > LINE_BYTES_LIMIT) count++;
    start = end + 1;
  }
  return start < bytes.length ? count + 1 : count;
};

/**
 * A collector fails for what stands in its file, and says where; or it tells how much it left out.
 * @param unusable lines that must have been left out, or taken the file with them
 */
export const ofOutcome = (places: readonly string[], outcome: Outcome, unusable = 0): readonly string[] => {
  if (outcome.status === 'absent') return ['absent: there is a file'];
  const isPlaced = (message: string): boolean =>
    places.some(place => [':', ' '].some(end => message.startsWith(`${place}${end}`)));
  const ofMessage = (message: string): readonly string[] => [
    ...(isPlaced(message) ? [] : [`a message that names no place: ${quoted(message)}`]),
    ...(message.length > MESSAGE_LENGTH_LIMIT ? [`a long message: ${message.length} characters`] : []),
    ...(/[\u0000-\u001f\u007f]/.test(message)
      ? [`a message with control characters: ${quoted(message)}`]
      : []),
  ];
  if (outcome.status === 'failed') {
    const { reason, message } = outcome;
    const isDeclared = reason === 'parse' || reason === 'limit';
    return [
      ...(isDeclared ? [] : [`a failure that nobody declared: ${reason} ${quoted(message)}`]),
      ...ofMessage(message),
    ];
  }
  const { count, examples } = outcome.skipped;
  return [
    ...(count < unusable ? [`lines lost in silence: ${count} skipped, ${unusable} cannot be used`] : []),
    ...(examples.length === Math.min(count, EXAMPLES_LIMIT)
      ? []
      : [`${count} skipped lines, ${examples.length} examples`]),
    ...examples.flatMap(ofMessage),
  ];
};

const duplicates = (values: readonly string[]): readonly string[] => {
  const seen = new Set<string>();
  return values.filter(value => seen.size === seen.add(value).size);
};

/** Whatever the limits of labels are: the samples of a scrape. */
export const ofFamilies = (families: readonly MetricFamily[]): readonly string[] => [
  ...duplicates(families.map(({ name }) => name)).map(name => `a family twice: ${name}`),
  ...families.flatMap(({ name, kind, labels, samples }) => [
    ...samples.flatMap(({ value, labels: values }) => [
      ...(Number.isFinite(value) ? [] : [`a number that is none: ${name} ${value}`]),
      ...(value < 0 && kind === 'counter' ? [`a negative counter: ${name} ${value}`] : []),
      ...(value < 0 && kind !== 'counter' && !signed.test(name)
        ? [`a negative gauge: ${name} ${value}`]
        : []),
      ...(values.length === labels.length
        ? []
        : [`labels without a name or value: ${name} ${quoted(values)}`]),
    ]),
    ...duplicates(samples.map(sample => JSON.stringify(sample.labels))).map(
      key => `a series twice: ${name} ${quoted(key)}`,
    ),
  ]),
];

/**
 * Closed labels have the values of their domain, and there are no more series than the manual says.
 * @param limits of labels, in place of their own
 */
export const ofDomains = (
  collector: AnyCollector,
  outcome: Outcome,
  series: number,
  limits: Selection['limits'] = {},
): readonly string[] => {
  if (outcome.status !== 'ok') return [];
  const complaints: string[] = [];
  for (const family of collector.families) {
    const closed = family.labels.flatMap((label, i) =>
      'values' in label ? [{ i, values: label.values }] : [],
    );
    if (closed.length === 0) continue;
    family.sample(outcome.data, (_value, ...values) => {
      for (const { i, values: domain } of closed)
        if (!domain.includes(values[i] ?? ''))
          complaints.push(`a value outside its domain: ${family.name} ${quoted(values)}`);
    });
  }
  const limited = (label: Label): Label =>
    isOpen(label) ? { ...label, limit: limits[label.name] ?? label.limit } : label;
  const most = collector.families.reduce((sum, { labels }) => sum + worstCase(labels.map(limited)), 0);
  const limit = most + (collector.unlisted === undefined ? 0 : (limits['counter'] ?? UNLISTED_LIMIT));
  if (series > limit) complaints.push(`more series than the worst case: ${series} of ${limit}`);
  return complaints;
};

/** What is read back is what was written. */
export const ofText = (
  families: readonly MetricFamily[],
  text: Uint8Array,
  format: Format,
): readonly string[] => {
  let read: ReturnType<typeof parseExposition>;
  try {
    read = parseExposition(text, format);
  } catch (error) {
    if (error instanceof AssertionError || error instanceof TypeError)
      return [`text that is not ${format}: ${error.message}`];
    throw error;
  }
  const plain = (samples: readonly (readonly [labels: string, value: number])[]): string =>
    JSON.stringify(samples);
  return families
    .flatMap(({ name, kind, labels, samples }, i) => {
      const told = read[i];
      if (told?.name !== name || told.kind !== kind)
        return [`a family that does not read back, in ${format}: ${name}`];
      const written = samples.map(sample => {
        const pairs = labels.flatMap((label, j) =>
          sample.labels[j] === '' ? [] : [[label, sample.labels[j]]],
        );
        return [JSON.stringify(pairs), sample.value] as const;
      });
      const readBack = told.samples.map(
        sample => [JSON.stringify(Object.entries(sample.labels)), sample.value] as const,
      );
      return plain(written) === plain(readBack)
        ? []
        : [`samples that do not read back, in ${format}: ${name}`];
    })
    .concat(read.length > families.length ? [`families out of nowhere, in ${format}`] : []);
};

/** By series, so that two readings can be compared. */
export type Counters = ReadonlyMap<string, number>;

export const countersIn = (families: readonly MetricFamily[]): Counters =>
  new Map(
    families
      .filter(({ kind }) => kind === 'counter')
      .flatMap(({ name, samples }) =>
        samples.map(({ labels, value }) => [`${name} ${JSON.stringify(labels)}`, value] as const),
      ),
  );

/** Of counters that this program keeps itself. */
export const ofProgress = (before: Counters, after: Counters): readonly string[] =>
  [...after].flatMap(([series, value]) => {
    const earlier = before.get(series) ?? 0;
    return value < earlier ? [`a counter that went backwards: ${series} from ${earlier} to ${value}`] : [];
  });

export const seriesOf = (families: readonly MetricFamily[], { families: specs }: AnyCollector): number => {
  const own = new Set(specs.map(({ name }) => PREFIX + name));
  return families.reduce((sum, { name, samples }) => sum + (own.has(name) ? samples.length : 0), 0);
};
