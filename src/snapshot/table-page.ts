/** What is shown of a table: the rows that were asked for, as many as were asked for, and what is counted over all of them. */
import type { Interface, Neighbour } from '../collectors/rows.ts';
import { createTopRows } from './top-rows.ts';
import type { Cell, FilterName, RowTableName, ShownRows, Table } from './tables.ts';
import { filterNames } from './tables.ts';

export interface TableQuery {
  readonly table: RowTableName | 'interfaces';
  readonly where: Where;
  /** The network namespace to read; undefined for the first. */
  readonly netns?: string | undefined;
  /** The name of a column; undefined for the order of the kernel. */
  readonly sort: Sort | undefined;
  /** How many rows at the most. */
  readonly limit: number;
}

export type Where = Partial<Readonly<Record<FilterName, string>>>;

export interface Sort {
  readonly by: string;
  readonly descending: boolean;
}

/** Plain data: it crosses from the reading thread to the others. */
export interface TablePage {
  readonly rows: {
    readonly [Name in RowTableName]?: readonly ShownRows[Name][];
  };
  /** Beside routes: those that they lead by. */
  readonly neighbours: readonly Neighbour[];
  /** What each file tells of each interface, all of it. */
  readonly interfaces: readonly Interface[];
  /** How many rows were asked for, shown or not. */
  readonly matched: number;
  readonly counts: Counts;
  /** Undefined where there is one to choose from. */
  readonly namespaces?: { readonly read: string; readonly all: readonly string[] } | undefined;
}

/** How many of the rows that were asked for have each value, the most frequent first. */
export type Counts = Partial<
  Readonly<Record<FilterName, readonly (readonly [value: string, rows: number])[]>>
>;

export const noPage: TablePage = { rows: {}, neighbours: [], interfaces: [], matched: 0, counts: {} };

export const isAskedFor = <Row>({ filters }: Table<Row>, where: Where): ((row: Row) => boolean) => {
  const tests = filterNames.flatMap(name => {
    const wanted = where[name];
    const filter = filters[name];
    return wanted === undefined || filter === undefined ? [] : [(row: Row) => filter(row, wanted)];
  });
  return row => {
    for (const test of tests) if (!test(row)) return false;
    return true;
  };
};

export interface SortedRows<Row> {
  /** The row is copied where it is kept. */
  readonly offer: (row: Row) => void;
  readonly rows: () => readonly Row[];
}

/** Keeps no more rows than were asked for, however many are offered. */
export const createSortedRows = <Row>(
  { columns }: Table<Row>,
  { sort, limit }: Pick<TableQuery, 'sort' | 'limit'>,
): SortedRows<Row> => {
  const keyOf = columns.find(({ name }) => name === sort?.by)?.value ?? (() => undefined);
  const isDescending = sort?.descending === true;
  const top = createTopRows<Cell, Row>(limit, (a, b) => compareCells(a, b, isDescending));
  return {
    offer(row) {
      const key = keyOf(row);
      if (top.wants(key)) top.add(key, { ...row });
    },
    rows: top.rows,
  };
};

/** Below zero where the first comes before the second; what is not known comes last either way. */
const compareCells = (a: Cell, b: Cell, isDescending: boolean): number => {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  const order = a < b ? -1 : a > b ? 1 : 0;
  return isDescending ? -order : order;
};

/** Values of one column that are counted apart; others are not told. */
const COUNTED_LIMIT = 65_536;
/** Values that are shown with their count. */
const SHOWN_COUNTS = 50;

export interface Counter {
  readonly add: (value: string) => void;
  readonly counts: () => readonly (readonly [value: string, rows: number])[];
}

export const createCounter = (): Counter => {
  const counts = new Map<string, number>();
  return {
    add(value) {
      const known = counts.get(value);
      if (known !== undefined || counts.size < COUNTED_LIMIT) counts.set(value, (known ?? 0) + 1);
    },
    counts: () => [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, SHOWN_COUNTS),
  };
};
