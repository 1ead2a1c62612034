/** Metric families as the text that Prometheus reads. The only place that knows prom-client. */
import { Registry, type Metric, type RegistryContentType } from 'prom-client';
import type { MetricFamily, Sample } from '../metrics/family.ts';

export type Format = 'classic' | 'openmetrics';

export const contentTypes: Readonly<Record<Format, RegistryContentType>> = {
  classic: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

type LabelValues = Readonly<Record<string, string>>;
/** By family and by the key of the sample. */
type KnownLabels = ReadonlyMap<string, ReadonlyMap<string, LabelValues>>;

const NO_LABELS: LabelValues = Object.freeze({});

/**
 * Renders one response with a registry of its own: nothing of an earlier scrape can leak into it, and its format can
 * be chosen by the request. Between responses only the label objects of the last one are kept: prom-client
 * escapes and joins the labels of an object that it has met before only once, which makes it several times faster.
 */
export const createExposition = (): ((
  families: readonly MetricFamily[],
  format: Format,
) => Promise<string>) => {
  let known: KnownLabels = new Map();

  return (families, format) => {
    const registry = new Registry<RegistryContentType>();
    registry.setContentType(contentTypes[format]);
    const used = new Map<string, ReadonlyMap<string, LabelValues>>();

    for (const family of families) {
      const labels = labelObjects(family, known.get(family.name));
      used.set(family.name, labels);
      const name = format === 'openmetrics' ? family.name.replace(/_total$/, '') : family.name;
      registry.registerMetric(constantMetric(name, family, labels));
    }
    known = used;
    return registry.metrics();
  };
};

const labelObjects = (
  { labels, samples }: MetricFamily,
  known: ReadonlyMap<string, LabelValues> | undefined,
): ReadonlyMap<string, LabelValues> => {
  if (known?.size === samples.length && samples.every(({ key }) => known.has(key))) return known;
  return new Map(samples.map(sample => [sample.key, known?.get(sample.key) ?? labelObject(labels, sample)]));
};

const labelObject = (names: readonly string[], { labels }: Sample): LabelValues =>
  Object.freeze(
    Object.fromEntries(
      names.map((name, i) => [name, labels[i] ?? ''] as const).filter(([, value]) => value !== ''),
    ),
  );

/** A registry takes whatever tells its name and values; its types know only metrics that are counted up. */
const constantMetric = (
  name: string,
  { help, kind, samples }: MetricFamily,
  labels: ReadonlyMap<string, LabelValues>,
): Metric => {
  const values = samples.map(({ value, key }) => ({
    value,
    labels: NO_LABELS,
    sharedLabels: labels.get(key) ?? NO_LABELS,
  }));
  const metric = { name, help, type: kind, values, get: () => Promise.resolve(metric) };
  return metric as unknown as Metric;
};
