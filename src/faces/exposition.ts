/** Metric families as the text that Prometheus reads. The only place that knows prom-client. */
import { Registry, type Metric } from 'prom-client';
import type { MetricFamily } from '../metrics/family.ts';

export type Format = 'classic' | 'openmetrics';

export const contentTypes: Readonly<Record<Format, string>> = {
  classic: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

type LabelValues = Readonly<Record<string, string>>;

const NO_LABELS: LabelValues = Object.freeze({});
/** No label value that is UTF-8 holds it. */
const LABEL_SEPARATOR = '\uffff';

/**
 * Renders one response with a registry of its own: nothing of an earlier scrape can leak into it, and its format can
 * be chosen by the request. Between responses only the label objects of the last one are kept: prom-client
 * escapes and joins the labels of an object that it has met before only once, which makes it several times faster.
 */
export const createExposition = (): ((
  families: readonly MetricFamily[],
  format: Format,
) => Promise<string>) => {
  let known = new Map<string, LabelValues>();

  return (families, format) => {
    const registry = registryFor(format);
    const used = new Map<string, LabelValues>();

    const labelsOf = (family: MetricFamily, values: readonly string[]): LabelValues => {
      const key = family.labels.join() + LABEL_SEPARATOR + values.join(LABEL_SEPARATOR);
      const labels = used.get(key) ?? known.get(key) ?? labelObject(family.labels, values);
      used.set(key, labels);
      return labels;
    };

    for (const family of families) {
      const name = format === 'openmetrics' ? family.name.replace(/_total$/, '') : family.name;
      const metric = {
        name,
        help: family.help,
        type: family.kind,
        values: family.samples.map(({ value, labels }) => ({
          value,
          labels: NO_LABELS,
          sharedLabels: labelsOf(family, labels),
        })),
      };
      registry.registerMetric(constantMetric(metric));
    }
    known = used;
    return registry.metrics();
  };
};

const registryFor = (format: Format): Registry => {
  const registry = new Registry();
  // The constructor's type takes classic registries only.
  if (format === 'openmetrics')
    (registry as unknown as Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>).setContentType(
      Registry.OPENMETRICS_CONTENT_TYPE,
    );
  return registry;
};

const labelObject = (names: readonly string[], values: readonly string[]): LabelValues =>
  Object.freeze(
    Object.fromEntries(names.flatMap((name, i) => (values[i] === '' ? [] : [[name, values[i] ?? '']]))),
  );

/** A registry accepts whatever tells its name and values; its types know only metrics that are counted up. */
const constantMetric = (metric: { readonly name: string }): Metric =>
  ({ ...metric, get: () => Promise.resolve(metric) }) as unknown as Metric;
