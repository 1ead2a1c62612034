/** A table as JSON: what was asked for, what was found, what could not be read, and the rows. */
import type { Heading, ShownRow, TableShown } from './shown.ts';

export const tableAsJson = (shown: TableShown): string => {
  const { ask, netns, namespaces, matched, counts, unread, columns, rows } = shown;
  const told = {
    table: ask.view,
    netns,
    ...(namespaces !== undefined && { namespaces }),
    where: ask.where,
    sort: ask.sort === undefined ? null : `${ask.sort.descending ? '-' : ''}${ask.sort.by}`,
    limit: ask.limit,
    matched,
    shown: rows.length,
    counts: Object.fromEntries(
      Object.entries(counts).map(([name, values]) => [name, Object.fromEntries(values)]),
    ),
    unread,
    rows: rows.map(row => rowAsObject(columns, row)),
  };
  return `${jsonOf(told, 1)}\n`;
};

/** That a terminal shows as it is: JSON by itself escapes ASCII's control characters, but not the others. */
export const jsonOf = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replace(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu, character =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );

/** With null for what is not known, so that it is told from 0 and from ''. */
export const rowAsObject = (
  columns: readonly Heading[],
  { cells, detail }: ShownRow,
): Readonly<Record<string, unknown>> => ({
  ...Object.fromEntries(columns.map(({ name }, i) => [name, cells[i] ?? null])),
  ...(detail !== undefined && { detail }),
});
