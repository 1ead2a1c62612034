/** Where the links of a table lead: to what was asked for, with one thing changed. */
import type { Where } from '../../snapshot/table-page.ts';
import { filterNames, tables, type FilterName } from '../../snapshot/tables.ts';
import { queryText, type TableAsk, type View } from './ask.ts';

/** Safe in a quoted attribute once it is escaped; no value stands in it as it is. */
export const hrefOf = (ask: TableAsk): string => {
  const query = queryText(ask);
  return query === '' ? tablePath(ask.view) : `${tablePath(ask.view)}?${query}`;
};

export const tablePath = (view: View): string => `/tables/${view}`;

/** @param value undefined to ask for every value */
export const filteredBy = (ask: TableAsk, name: FilterName, value: string | undefined): TableAsk => {
  const where: Partial<Record<FilterName, string>> = {};
  for (const each of filterNames) {
    const wanted = each === name ? value : ask.where[each];
    if (wanted !== undefined) where[each] = wanted;
  }
  return { ...ask, where };
};

export const appliedFilters = (where: Where): readonly (readonly [name: FilterName, value: string])[] =>
  filterNames.flatMap(name => {
    const value = where[name];
    return value === undefined ? [] : [[name, value] as const];
  });

/** Numbers are looked at for the largest, text from its beginning; asked for again, the order is turned round. */
export const sortedBy = (ask: TableAsk, name: string, isNumeric: boolean): TableAsk => ({
  ...ask,
  sort: { by: name, descending: ask.sort?.by === name ? !ask.sort.descending : isNumeric },
});

export const isSortable = (view: View, name: string): boolean => sortable[view]?.has(name) === true;

const sortable: Partial<Record<View, ReadonlySet<string>>> = Object.fromEntries(
  Object.entries(tables).map(([view, { columns }]) => [view, new Set(columns.map(({ name }) => name))]),
);
