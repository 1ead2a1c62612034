/** A page by the simplest means: all rows are there, and are sorted and counted at last. */
import type { Cell } from '../../src/snapshot/tables.ts';

/** What is not known comes last. */
export const inOrder = <Row>(
  rows: readonly Row[],
  value: ((row: Row) => Cell) | undefined,
  descending: boolean,
): readonly Row[] => {
  if (value === undefined) return rows;
  const known = rows.filter(row => value(row) !== undefined);
  const unknown = rows.filter(row => value(row) === undefined);
  const less = (a: Cell, b: Cell): boolean => a !== undefined && b !== undefined && a < b;
  const sorted = known.toSorted((a, b) => {
    if (less(value(a), value(b))) return descending ? 1 : -1;
    return less(value(b), value(a)) ? (descending ? -1 : 1) : 0;
  });
  return [...sorted, ...unknown];
};

/** The most frequent first, then by name. */
export const countsOf = (values: readonly string[]): readonly (readonly [string, number])[] =>
  [...new Set(values)]
    .map(value => [value, values.filter(each => each === value).length] as const)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
