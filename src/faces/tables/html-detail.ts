/** What only one kind of row has, laid out flat: `unix`, `references 2`, `flags ACC`. */
import type { Heading, ShownRow } from './shown.ts';

export const detailsBeside = (columns: readonly Heading[]): ((row: ShownRow) => readonly string[]) => {
  const namesOf = namesBeside(columns);
  return ({ cells, detail }) => {
    if (detail === undefined) return [];
    const parts: string[] = [];
    for (const name in detail) {
      const value = detail[name];
      const { words, columnAt } = namesOf(name);
      if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
      // A value that has a column of its own is not told again.
      if (columnAt !== undefined && cells[columnAt] === value) continue;
      parts.push(name === 'kind' ? valueText(value) : `${words} ${valueText(value)}`);
    }
    return parts;
  };
};

interface Names {
  readonly words: string;
  /** Where the column of this name is. */
  readonly columnAt: number | undefined;
}

/** All rows of a kind have the same names. */
const namesBeside = (columns: readonly Heading[]): ((name: string) => Names) => {
  const known = new Map<string, Names>();
  return name => {
    let names = known.get(name);
    if (names === undefined) {
      const words = wordsOf(name);
      const columnAt = columns.findIndex(column => column.name === words.replaceAll(' ', '_'));
      names = { words, columnAt: columnAt === -1 ? undefined : columnAt };
      known.set(name, names);
    }
    return names;
  };
};

/** `localAddresses` as `local addresses`. */
const wordsOf = (name: string): string => name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);

const valueText = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value))
    return value.map(valueText).join(value.some(each => typeof each === 'object') ? '; ' : ', ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, each]) => `${wordsOf(name)} ${valueText(each)}`)
      .join(' ');
  return String(value);
};
