import type { Fold } from './fold.ts';
import type { Line } from './line.ts';
import { ParseError } from './parse-error.ts';

/**
 * For tables with a header: the first line must begin with these words, or the columns below are not
 * the ones we read and the file fails. Alternatives are separated by `|`. The header makes the fold of
 * the rows, since it tells which of the later columns this kernel has.
 * @param ofNothing what a file without a byte tells, where the kernel prints not even the header when it has no table
 */
export const headed = <T>(
  header: string,
  rows: (header: Line) => Fold<Line, T>,
  ofNothing?: () => T,
): Fold<Line, T> => {
  const words = header.split(' ').map(word => word.split('|'));
  let fold: Fold<Line, T> | undefined;
  let isEmpty = true;

  const check = (line: Line): void => {
    words.forEach((alternatives, field) => {
      if (alternatives.some(word => line.is(field, word))) return;
      const { message } = line.wrong(field, `expected "${alternatives.join('" or "')}" in the header`);
      throw new ParseError(message, line.number, 'file');
    });
  };

  return {
    add(line) {
      if (fold !== undefined) {
        fold.add(line);
        return;
      }
      isEmpty = false;
      check(line);
      fold = rows(line);
    },
    lose() {
      isEmpty = false;
    },
    end() {
      if (isEmpty && ofNothing !== undefined) return ofNothing();
      if (fold === undefined) throw new ParseError('no header', 0, 'file');
      return fold.end();
    },
  };
};

/** Where the header has this word; undefined where this kernel has no such column. */
export const columnOf = (header: Line, word: string): number | undefined => {
  for (let field = 0; header.has(field); field++) if (header.is(field, word)) return field;
  return undefined;
};

/** Where the header has this word, without which the table is not one that we read. */
export const requiredColumn = (header: Line, word: string): number => {
  const column = columnOf(header, word);
  if (column === undefined) throw new ParseError(`no column "${word}" in the header`, header.number, 'file');
  return column;
};
