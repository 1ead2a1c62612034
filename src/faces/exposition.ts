/** Metric families as the text that Prometheus reads. The only place that knows prom-client. */
import { Registry, type Metric, type RegistryContentType } from 'prom-client';
import type { MetricFamily, Sample } from '../metrics/family.ts';
import { nextTurn } from '../snapshot/pieces.ts';

export type Format = 'classic' | 'openmetrics';

export const contentTypes: Readonly<Record<Format, RegistryContentType>> = {
  classic: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

type LabelValues = Readonly<Record<string, string>>;

const NO_LABELS: LabelValues = Object.freeze({});

/** Some milliseconds' work: so many, and others have a turn. */
const SAMPLES_A_TURN = 1000;

/** By the key of the sample. */
type Known = Map<string, LabelValues>;

/**
 * Renders one response with a registry of its own: nothing of an earlier scrape can leak into it, and its format can
 * be chosen by the request. Between responses only the label objects of the families are kept:
 * prom-client escapes and joins the labels of an object that it has met before only once, which makes it several times faster.
 */
export const createExposition = (): ((
  families: readonly MetricFamily[],
  format: Format,
) => Promise<string>) => {
  const known = new Map<string, Known>();

  return async (families, format) => {
    const registry = new Registry<RegistryContentType>();
    registry.setContentType(contentTypes[format]);
    const texts: string[] = [];
    let sinceTurn = 0;

    for (const family of families) {
      const labels = known.get(family.name) ?? new Map<string, LabelValues>();
      const pieces: string[] = [];
      let end = 0;
      do {
        if (sinceTurn === SAMPLES_A_TURN) {
          await nextTurn();
          sinceTurn = 0;
        }
        const start = end;
        end = Math.min(start + SAMPLES_A_TURN - sinceTurn, family.samples.length);
        sinceTurn += end - start;
        pieces.push(await rendered(registry, family, format, valuesOf(family, labels, start, end)));
      } while (end < family.samples.length);
      texts.push(pieces.map((piece, i) => (i === 0 ? piece : withoutHead(piece))).join('\n'));
      // Those of series that are gone.
      const areMostGone = labels.size > 2 * family.samples.length;
      known.set(family.name, areMostGone ? new Map<string, LabelValues>() : labels);
    }
    return format === 'openmetrics' ? `${texts.join('\n')}\n# EOF\n` : `${texts.join('\n\n')}\n`;
  };
};

/** One object stands for each sample in its turn: thousands of them would be garbage. */
function* valuesOf(
  { labels: names, samples }: MetricFamily,
  known: Known,
  start: number,
  end: number,
): Iterable<unknown> {
  const value = { value: NaN, labels: NO_LABELS, sharedLabels: NO_LABELS };
  for (let i = start; i < end; i++) {
    const sample = samples[i];
    if (sample === undefined) return;
    let labels = known.get(sample.key);
    if (labels === undefined) {
      labels = labelObject(names, sample);
      known.set(sample.key, labels);
    }
    value.value = sample.value;
    value.sharedLabels = labels;
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
