/** Metric families as the text that Prometheus reads. The only place that knows prom-client. */
import { Registry, type Metric, type RegistryContentType } from 'prom-client';
import type { MetricFamily, Sample } from '../metrics/family.ts';
import { nextTurn, SAMPLES_A_TURN } from '../snapshot/pieces.ts';

export type Format = 'classic' | 'openmetrics';

export const contentTypes: Readonly<Record<Format, RegistryContentType>> = {
  classic: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

/** What is rendered; the same object stands for the same text. */
export interface Exposed {
  readonly materialize: () => { readonly families: Iterable<MetricFamily | undefined> };
}

type LabelValues = Readonly<Record<string, string>>;

const NO_LABELS: LabelValues = Object.freeze({});

/**
 * Series whose label objects are kept between responses, some 15 MB, and those that they took the place of, twice as many at the most; those
 * of further series are made anew each time.
 */
const KNOWN_LIMIT = 20_000;

/** What is longer becomes bytes, which are not in the heap. */
const TEXT_LENGTH = 262_144;

/** By the key of the sample. */
type Known = Map<string, LabelValues>;

/**
 * Renders one response with a registry of its own: nothing of an earlier scrape can leak into it, and its format can
 * be chosen by the request. Between responses only the label objects of the families are kept:
 * prom-client escapes and joins the labels of an object that it has met before only once, which makes it several times faster.
 * @returns the text as bytes: these are not in the heap of JavaScript, which is small
 */
export const createExposition = (): ((scrape: Exposed, format: Format) => Promise<Buffer>) => {
  const known = new Map<string, Known>();
  /** Scrapes that share a reading share its text. */
  const rendering = new WeakMap<Exposed, Map<Format, Promise<Buffer>>>();
  const render = async (families: Iterable<MetricFamily | undefined>, format: Format): Promise<Buffer> => {
    const registry = new Registry<RegistryContentType>();
    registry.setContentType(contentTypes[format]);
    const between = format === 'openmetrics' ? '\n' : '\n\n';
    const texts: Buffer[] = [];
    let text = '';
    let sinceTurn = 0;
    let kept = [...known.values()].reduce((sum, { size }) => sum + size, 0);

    for (const family of families) {
      if (family === undefined) {
        await nextTurn();
        continue;
      }
      const { name, samples } = family;
      const before = known.get(name) ?? new Map<string, LabelValues>();
      // Those of series that are gone.
      const labels = before.size > 2 * samples.length ? new Map<string, LabelValues>() : before;
      known.set(name, labels);
      kept += labels.size - before.size;
      const keptBefore = labels.size;
      const mayKeep = kept - labels.size + samples.length <= KNOWN_LIMIT;
      if (text !== '' || texts.length > 0) text += between;
      let end = 0;
      do {
        if (sinceTurn === SAMPLES_A_TURN) {
          await nextTurn();
          sinceTurn = 0;
        }
        const start = end;
        end = Math.min(start + SAMPLES_A_TURN - sinceTurn, samples.length);
        sinceTurn += end - start;
        const piece = await rendered(registry, family, format, valuesOf(family, labels, mayKeep, start, end));
        text += start === 0 ? piece : `\n${withoutHead(piece)}`;
        if (text.length >= TEXT_LENGTH) {
          texts.push(Buffer.from(text));
          text = '';
        }
      } while (end < samples.length);
      kept += labels.size - keptBefore;
    }
    // OpenMetrics knows no empty lines, not even where there is nothing else.
    const lineEnd = format === 'openmetrics' && text === '' && texts.length === 0 ? '' : '\n';
    texts.push(Buffer.from(`${text}${lineEnd}${format === 'openmetrics' ? '# EOF\n' : ''}`));
    return Buffer.concat(texts);
  };

  return (scrape, format) => {
    const texts = rendering.get(scrape) ?? new Map<Format, Promise<Buffer>>();
    const text = texts.get(format) ?? render(scrape.materialize().families, format);
    rendering.set(scrape, texts.set(format, text));
    return text;
  };
};

/** One object stands for each sample in its turn: thousands of them would be garbage. */
function* valuesOf(
  { labels: names, samples }: MetricFamily,
  known: Known,
  mayKeep: boolean,
  start: number,
  end: number,
): Iterable<unknown> {
  const value = { value: NaN, labels: NO_LABELS, sharedLabels: NO_LABELS };
  for (let i = start; i < end; i++) {
    const sample = samples[i];
    if (sample === undefined) return;
    value.value = sample.value;
    const labels = known.get(sample.key) ?? labelObject(names, sample);
    if (mayKeep) known.set(sample.key, labels);
    const isKept = mayKeep || known.has(sample.key);
    value.labels = isKept ? NO_LABELS : labels;
    value.sharedLabels = isKept ? labels : NO_LABELS;
    yield value;
  }
}

const labelObject = (names: readonly string[], { labels }: Sample): LabelValues =>
  Object.freeze(
    Object.fromEntries(
      names.map((name, i) => [name, labels[i] ?? ''] as const).filter(([, value]) => value !== ''),
    ),
  );

/** A registry takes whatever tells its name and values; its types know only metrics that are counted up. */
const rendered = (
  registry: Registry<RegistryContentType>,
  { name, help, kind }: MetricFamily,
  format: Format,
  values: Iterable<unknown>,
): Promise<string> => {
  const exposed = format === 'openmetrics' ? name.replace(/_total$/, '') : name;
  const metric = { name: exposed, help, type: kind, values, get: () => metric };
  registry.clear();
  registry.registerMetric(metric as unknown as Metric);
  return registry.getSingleMetricAsString(exposed);
};

/** The lines of HELP and TYPE are told once for each family. */
const withoutHead = (text: string): string => text.slice(text.indexOf('\n', text.indexOf('\n') + 1) + 1);
