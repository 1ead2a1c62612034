/** Metric families as the text that Prometheus reads. The only place that knows prom-client. */
import type { Metric, RegistryContentType } from 'prom-client';
import Registry from 'prom-client/lib/registry.js';
import type { MetricFamily, Sample } from '../metrics/family.ts';
import { isTurnOver, nextTurn, SAMPLES_A_TURN } from '../snapshot/pieces.ts';

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

/** What is longer becomes bytes, which are not in the heap. */
const TEXT_LENGTH = 262_144;

/**
 * Renders one response with a registry of its own: nothing of an earlier scrape can leak into it, and its format can
 * be chosen by the request. Between responses only what belongs to kept families is remembered, for as long as these are: the text of a
 * family that comes again, and label objects, since prom-client escapes and joins the labels of an object that it has met before
 * only once.
 * @returns the text as bytes: these are not in the heap of JavaScript, which is small
 */
export const createExposition = (): ((scrape: Exposed, format: Format) => Promise<Buffer>) => {
  const known = new WeakMap<readonly string[], LabelValues>();
  const texts: Readonly<Record<Format, WeakMap<MetricFamily, string>>> = {
    classic: new WeakMap(),
    openmetrics: new WeakMap(),
  };
  /** Scrapes that share a reading share its text. */
  const rendering = new WeakMap<Exposed, Map<Format, Promise<Buffer>>>();

  const render = async (families: Iterable<MetricFamily | undefined>, format: Format): Promise<Buffer> => {
    const registry = new Registry<RegistryContentType>();
    registry.setContentType(contentTypes[format]);
    const between = format === 'openmetrics' ? '\n' : '\n\n';
    const written: Buffer[] = [];
    let text = '';
    const write = (piece: string): void => {
      text += piece;
      if (text.length < TEXT_LENGTH) return;
      written.push(Buffer.from(text));
      text = '';
    };

    for (const family of families) {
      if (family === undefined) {
        await nextTurn();
        continue;
      }
      if (text !== '' || written.length > 0) text += between;
      const before = texts[format].get(family);
      if (before !== undefined) {
        write(before);
        continue;
      }
      let end = 0;
      do {
        const start = end;
        end += SAMPLES_A_TURN;
        const samples = family.samples.slice(start, end);
        if (isTurnOver(samples.length)) await nextTurn();
        const piece = await rendered(registry, family, format, valuesOf(family, samples, known));
        write(start === 0 ? piece : `\n${withoutHead(piece)}`);
        if (family.isKept && samples.length === family.samples.length) texts[format].set(family, piece);
      } while (end < family.samples.length);
    }
    // OpenMetrics knows no empty lines, not even where there is nothing else.
    const lineEnd = format === 'openmetrics' && text === '' && written.length === 0 ? '' : '\n';
    written.push(Buffer.from(`${text}${lineEnd}${format === 'openmetrics' ? '# EOF\n' : ''}`));
    return Buffer.concat(written);
  };

  return (scrape, format) => {
    const rendered = rendering.get(scrape) ?? new Map<Format, Promise<Buffer>>();
    const text = rendered.get(format) ?? render(scrape.materialize().families, format);
    rendering.set(scrape, rendered.set(format, text));
    return text;
  };
};

/** One object stands for each sample in its turn: thousands of them would be garbage. */
function* valuesOf(
  { labels: names, isKept }: MetricFamily,
  samples: readonly Sample[],
  known: WeakMap<readonly string[], LabelValues>,
): Iterable<unknown> {
  const each = { value: NaN, labels: NO_LABELS, sharedLabels: NO_LABELS };
  for (const { value, labels } of samples) {
    const before = known.get(labels);
    const own = before ?? labelObject(names, labels);
    if (isKept && before === undefined) known.set(labels, own);
    each.value = value;
    each.labels = isKept ? NO_LABELS : own;
    each.sharedLabels = isKept ? own : NO_LABELS;
    yield each;
  }
}

const labelObject = (names: readonly string[], labels: readonly string[]): LabelValues =>
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
