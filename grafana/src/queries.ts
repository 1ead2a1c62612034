/** PromQL as the dashboards write it: of the hosts that were chosen, and for the links that lead from a row to its sockets. */

/** Series of the chosen hosts and namespaces. Where only one namespace is read there is no label `netns`, which `.*` matches as well. */
export const series = (metric: string, labels = ''): string =>
  `${metric}{job=~"$job", instance=~"$instance", netns=~"$netns"${labels === '' ? '' : `, ${labels}`}}`;

/** Series that tell of the exporter, or of the whole host, and never of one namespace. */
export const hostSeries = (metric: string, labels = ''): string =>
  `${metric}{job=~"$job", instance=~"$instance"${labels === '' ? '' : `, ${labels}`}}`;

/** How fast a counter of the chosen hosts grows, a second. */
export const rate = (metric: string, labels = ''): string =>
  `rate(${series(metric, labels)}[$__rate_interval])`;

export const hostRate = (metric: string, labels = ''): string =>
  `rate(${hostSeries(metric, labels)}[$__rate_interval])`;

type Aggregate = 'sum' | 'max' | 'min' | 'count';

/** Over all but these labels, and those that tell host and namespace. */
export const by = (labels: readonly string[], expression: string, aggregate: Aggregate = 'sum'): string =>
  `${aggregate} by (${['instance', 'netns', ...labels].join(', ')}) (${expression})`;

/** Over all hosts and namespaces. */
export const overall = (
  labels: readonly string[],
  expression: string,
  aggregate: Aggregate = 'sum',
): string =>
  labels.length === 0
    ? `${aggregate}(${expression})`
    : `${aggregate} by (${labels.join(', ')}) (${expression})`;

/** Nothing where there is nothing to hold it against, in place of a NaN. */
export const ratio = (part: string, whole: string): string => `${part} / (${whole} > 0)`;

/** Gives series of no known program something that a legend can show: `{{program}}{{nobody}}`. */
export const named = (expression: string): string =>
  relabel(expression, 'nobody', '(not known)', 'program', '');

const relabel = (expression: string, into: string, value: string, from: string, pattern: string): string =>
  `label_replace(${expression}, "${into}", "${value}", "${from}", "${pattern}")`;

/** Labels that a row has for its links alone. */
export const linkLabels = ['program', 'chosen_by', 'chosen', 'within_by', 'within'] as const;

/**
 * Adds to series of programs what choosesSockets() puts into a link. A link knows no conditions, so that a parameter
 * that has nothing to choose by is replaced by one that says what is so anyway: the program `other` is many, an empty
 * one goes by the name `-`, and most hosts have no label `netns`. What is clicked on must not be empty either: `shown`.
 */
export const linked = (expression: string): string =>
  [
    ['shown', '$1', 'program', '(.+)'],
    ['shown', '(not known)', 'program', ''],
    ['chosen_by', 'program', '', ''],
    ['chosen_by', 'limit', 'program', 'other'],
    ['chosen', '$1', 'program', '(.+)'],
    ['chosen', '-', 'program', ''],
    ['chosen', '200', 'program', 'other'],
    ['within_by', 'netns', 'netns', '.+'],
    ['within_by', 'format', 'netns', ''],
    ['within', '$1', 'netns', '(.+)'],
    ['within', 'html', 'netns', ''],
  ].reduce(
    (inner, [into = '', value = '', from = '', pattern = '']) => relabel(inner, into, value, from, pattern),
    expression,
  );

/** The sockets of the row, as a page of that exporter; names are escaped by Grafana, and the address is what Prometheus scrapes. */
export const socketsOfRow = (state: string): string =>
  '${scheme}://${__data.fields.instance:raw}/tables/sockets' +
  `?state=${state}&sort=-age_seconds` +
  '&${__data.fields.chosen_by:raw}=${__data.fields.chosen:percentencode}' +
  '&${__data.fields.within_by:raw}=${__data.fields.within:percentencode}';

/** Another of these dashboards, about the host of the row. */
export const boardOfRow = (uid: string): string =>
  `/d/${uid}?\${datasource:queryparam}&\${job:queryparam}&var-instance=\${__data.fields.instance:percentencode}&\${__url_time_range}`;
