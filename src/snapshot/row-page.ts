/** A page of a table whose rows are plain data: routes, groups, translated connections. */
import { createCounter, createSortedRows, isAskedFor, type Counts, type TableQuery } from './table-page.ts';
import type { Table } from './tables.ts';

export interface RowPage<Row> {
  readonly offer: (row: Row) => void;
  readonly end: () => { readonly rows: readonly Row[]; readonly matched: number; readonly counts: Counts };
}

export const createRowPage = <Row>(table: Table<Row>, query: TableQuery): RowPage<Row> => {
  const isWanted = isAskedFor(table, query.where);
  const sorted = createSortedRows(table, query);
  const counters = table.counted.map(name => {
    const { value = () => undefined } = table.columns.find(column => column.name === name) ?? {};
    return { name, value, counter: createCounter() };
  });
  let matched = 0;
  return {
    offer(row) {
      if (!isWanted(row)) return;
      matched++;
      for (const { value, counter } of counters) counter.add(String(value(row) ?? ''));
      sorted.offer(row);
    },
    end: () => ({
      rows: sorted.rows(),
      matched,
      counts: Object.fromEntries(counters.map(({ name, counter }) => [name, counter.counts()])),
    }),
  };
};
