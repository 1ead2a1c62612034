/** What a dashboard is: rows of panels, as plain data. */

/** A unit id of Grafana. */
export type Unit =
  | 'short'
  | 'none'
  | 's'
  | 'bytes'
  | 'Bps'
  | 'pps'
  | 'cps'
  | 'percentunit'
  | 'string'
  | 'dateTimeFromNow'
  | 'dateTimeAsIso';

/** From which value on something deserves a look, and from which it is trouble. With `below` smaller is worse. */
export interface Limits {
  readonly warning: number;
  readonly critical: number;
  readonly below?: boolean;
}

export interface Query {
  readonly expr: string;
  /** A template of Grafana: `{{label}}`. */
  readonly legend: string;
}

interface Shown {
  readonly title: string;
  /** What it shows and what to do about it, for whoever is woken. */
  readonly about: string;
  /** Of the 24 columns of a row. */
  readonly width: number;
  /** What stands there where there are no such series. */
  readonly absent: string;
}

export interface Graph extends Shown {
  readonly kind: 'graph';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  readonly limits?: Limits;
  readonly stacked?: boolean;
  /** The axis reaches up to here at least; to 1, or to where it is trouble, unless said otherwise. */
  readonly reaches?: number;
}

/** One number, or one for each series, with its course behind it. */
export interface Figure extends Shown {
  readonly kind: 'figure';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  readonly limits?: Limits;
  readonly decimals?: number;
  readonly words?: Readonly<Record<string, string>>;
}

export interface Link {
  readonly title: string;
  readonly url: string;
}

export interface Column {
  /** A label, or `Value #A` for the number of the first query. */
  readonly field: string;
  readonly title: string;
  readonly unit?: Unit;
  readonly width?: number;
  readonly limits?: Limits;
  readonly decimals?: number;
  readonly links?: readonly Link[];
  readonly words?: Readonly<Record<string, string>>;
}

/** Rows by label, joined over the queries where their labels agree. */
export interface Table extends Shown {
  readonly kind: 'table';
  readonly unit?: never;
  readonly queries: readonly { readonly expr: string }[];
  readonly columns: readonly Column[];
  /** Labels that stay in the rows for links and are not shown. */
  readonly hidden?: readonly string[];
  /** The title of the column by which rows stand, the largest first unless it is told otherwise. */
  readonly sort: string;
  readonly ascending?: boolean;
}

export type Panel = Graph | Figure | Table;

/** A line of panels of one height; their widths add up to 24. */
export interface Line {
  readonly height: number;
  readonly panels: readonly Panel[];
}

export interface Section {
  /** The first screen has none. */
  readonly title?: string;
  readonly lines: readonly Line[];
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  /** Where its values come from: the label of these series. */
  readonly of: string;
  readonly labelName: string;
  /** What stands for all; `.*` where some series have no such label, or an empty one. */
  readonly all: '.+' | '.*';
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly about: string;
  readonly variables: readonly Variable[];
  /** Whether rows link to pages of the exporters themselves, over HTTP or HTTPS. */
  readonly hasPages: boolean;
  readonly sections: readonly Section[];
}

/** The variables of every dashboard about hosts. */
export const hostVariables: readonly Variable[] = [
  { name: 'job', label: 'Job', of: 'netstat_exporter_build_info', labelName: 'job', all: '.+' },
  {
    ...{ name: 'instance', label: 'Instance', labelName: 'instance', all: '.+' },
    of: 'netstat_exporter_build_info{job=~"$job"}',
  },
  {
    ...{ name: 'netns', label: 'Network namespace', labelName: 'netns', all: '.*' },
    // Only there where several are read.
    of: 'netstat_scrape_netns_success{job=~"$job", instance=~"$instance"}',
  },
];
