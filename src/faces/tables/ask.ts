/** What the query of a request asks of a table, or the sentence that says what is wrong with it. */
import type { Collector } from '../../collectors/collector.ts';
import { nearest } from '../../nearest.ts';
import type { Where } from '../../snapshot/table-page.ts';
import type { TableQuery } from '../../snapshot/table-page.ts';
import { filterNames, tables, type FilterName, type RowTableName } from '../../snapshot/tables.ts';

export const views = ['sockets', 'routes', 'interfaces', 'groups', 'nat', 'statistics'] as const;
export type View = (typeof views)[number];

export const formats = ['html', 'text', 'json'] as const;
export type Format = (typeof formats)[number];

/** Rows of one page, however many are asked for. */
export const ROWS_LIMIT = 2000;
/** Unless fewer or more are asked for. The kernel has some four hundred counters, whose page is there to be searched. */
export const rowsDefault = (view: View): number => (view === 'statistics' ? ROWS_LIMIT : 200);

export interface TableAsk {
  readonly view: View;
  readonly format: Format;
  readonly where: Where;
  /** The network namespace; undefined for the first, and where no other is read. */
  readonly netns?: string | undefined;
  readonly sort: TableQuery['sort'];
  readonly limit: number;
}

/** What a host may be asked for. */
export interface Domains {
  readonly collectors: readonly Collector<string, unknown>[];
  /** The network namespace that is read, '' where the kernel does not tell; undefined where several are. */
  readonly netns: string | undefined;
}

/** Of a query: a value, or several where the parameter was given more than once. */
export type Parameters = Readonly<Record<string, unknown>>;

export const askOf = (view: View, parameters: Parameters, domains: Domains): TableAsk | string => {
  const given = new Map<string, string>();
  const known = ['format', 'sort', 'limit', 'netns', ...filtersOf(view)];
  for (const [name, value] of Object.entries(parameters)) {
    if (!known.includes(name)) return unknownParameter(name, view, known);
    if (typeof value !== 'string') return `${name} is given more than once.`;
    // A form sends its empty fields as well.
    if (value !== '') given.set(name, value);
  }

  const format = given.get('format') ?? 'html';
  if (!isOneOf(format, formats)) return `format is one of ${formats.join(', ')}.`;
  const netns = given.get('netns');
  if (netns !== undefined && domains.netns !== undefined && netns !== domains.netns)
    return `There is no namespace ${JSON.stringify(netns)} here; the one that is read is ${JSON.stringify(domains.netns)}.`;

  const where = whereOf(view, given, domains);
  if (typeof where === 'string') return where;
  const sort = sortOf(view, given.get('sort'));
  if (typeof sort === 'string') return sort;
  const limit = limitOf(view, given.get('limit'));
  if (typeof limit === 'string') return limit;
  const several = domains.netns === undefined && netns !== undefined ? { netns } : {};
  return { view, format, where, ...several, sort, limit };
};

const isOneOf = <const Word extends string>(text: string, words: readonly Word[]): text is Word =>
  (words as readonly string[]).includes(text);

export const isView = (text: string): text is View => isOneOf(text, views);

const isRowTable = (view: View): view is RowTableName => view in tables;

/** What the rows of a view can be chosen by. */
export const filtersOf = (view: View): readonly FilterName[] => {
  if (view === 'interfaces') return ['device'];
  if (view === 'statistics') return ['family', 'protocol'];
  return filterNames.filter(name => tables[view].filters[name] !== undefined);
};

const unknownParameter = (name: string, view: View, known: readonly string[]): string => {
  const meant = nearest(name, known);
  const instead = meant === undefined ? `It takes ${known.join(', ')}.` : `Did you mean ${meant}?`;
  return `The table ${view} takes no parameter ${JSON.stringify(name)}. ${instead}`;
};

/** Values of labels, which an asker may write in lower case. */
const closedFilters: readonly FilterName[] = ['state', 'family', 'protocol'];

const whereOf = (view: View, given: ReadonlyMap<string, string>, domains: Domains): Where | string => {
  const where: Partial<Record<FilterName, string>> = {};
  for (const name of filtersOf(view)) {
    const value = given.get(name);
    if (value === undefined) continue;
    if (name === 'port' && !(/^\d{1,5}$/.test(value) && Number(value) <= 65_535))
      return 'port is a number from 0 to 65535.';
    if (name === 'age' && !/^\d{1,9}$/.test(value)) return 'age is a whole number of seconds.';
    if (closedFilters.includes(name)) {
      const values = valuesOf(view, name, domains);
      const told = values.find(each => each.toLowerCase() === value.toLowerCase());
      if (told === undefined) return unknownValue(name, value, values);
      where[name] = told;
    } else {
      where[name] = name === 'port' || name === 'age' ? String(Number(value)) : value;
    }
  }
  return where;
};

const unknownValue = (name: string, value: string, values: readonly string[]): string => {
  const meant = nearest(value.toUpperCase(), values) ?? nearest(value, values);
  const instead = meant === undefined ? `It is one of ${values.join(', ')}.` : `Did you mean ${meant}?`;
  return `There is no ${name} ${JSON.stringify(value)}. ${instead}`;
};

const metricOf: Readonly<Record<View, string>> = {
  sockets: 'sockets',
  routes: 'routes',
  interfaces: 'interface_info',
  groups: 'multicast_groups',
  nat: 'conntrack_entries',
  statistics: '',
};

/** Of a filter that is a label of the view's metric as well: the values of that label, in the order of the collectors. */
export const valuesOf = (view: View, filter: FilterName, { collectors }: Domains): readonly string[] => {
  if (view === 'statistics') return filter === 'family' ? ['inet', 'inet6'] : statisticProtocols;
  const labels = collectors
    .filter(({ rows }) => rows?.of === view)
    .flatMap(({ families }) => families.filter(({ name }) => name === metricOf[view]))
    .flatMap(family => family.labels.filter(({ name }) => name === filter));
  return [
    ...new Set(labels.flatMap(label => ('values' in label ? label.values : [])).filter(each => each !== '')),
  ];
};

/** Groups of the statistics. */
export const statisticProtocols: readonly string[] = ['ip', 'icmp', 'tcp', 'udp', 'udplite', 'sctp', 'mptcp'];

const sortOf = (view: View, text: string | undefined): TableQuery['sort'] | string => {
  if (text === undefined) return undefined;
  if (!isRowTable(view)) return `The table ${view} has an order of its own.`;
  const descending = text.startsWith('-');
  const by = descending ? text.slice(1) : text;
  const names: readonly string[] = tables[view].columns.map(({ name }) => name);
  if (names.includes(by)) return { by, descending };
  const meant = nearest(by, names);
  const instead = meant === undefined ? `It is one of ${names.join(', ')}.` : `Did you mean ${meant}?`;
  return `There is no column ${JSON.stringify(by)} to sort by. ${instead}`;
};

const limitOf = (view: View, text: string | undefined): number | string => {
  if (text === undefined) return rowsDefault(view);
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) return 'limit is a whole number from 1.';
  return Math.min(Number(text), ROWS_LIMIT);
};

/** The parameters that ask for the same again: in a fixed order, without what is the default. */
export const queryText = ({ view, format, where, netns, sort, limit }: TableAsk): string => {
  const parameters = new URLSearchParams();
  for (const name of filterNames) {
    const value = where[name];
    if (value !== undefined) parameters.set(name, value);
  }
  if (netns !== undefined) parameters.set('netns', netns);
  if (sort !== undefined) parameters.set('sort', `${sort.descending ? '-' : ''}${sort.by}`);
  if (limit !== rowsDefault(view)) parameters.set('limit', String(limit));
  if (format !== 'html') parameters.set('format', format);
  return parameters.toString();
};
