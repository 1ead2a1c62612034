import type { Fold } from './fold.ts';
import type { Line } from './line.ts';
import { ParseError } from './parse-error.ts';

/** Names in one file; netstat has about 230. */
const NAMES_LIMIT = 4096;

/**
 * Pairs of lines with the same first word: `Tcp: Name Name …`, then `Tcp: 1 2 …`. Folds to `Tcp_Name` -> value.
 * A section may be printed more than once (IcmpMsg comes in batches of 16). A pair that does not match up
 * fails the file: with a name too few every later value would belong to the wrong one.
 * @param signed the names whose value may be negative
 */
export const pairedLines = (signed: readonly string[] = []): Fold<Line, ReadonlyMap<string, number>> => {
  const values = new Map<string, number>();
  let names: string[] | undefined;
  let section = '';
  /** In messages. */
  let sectionTold = '';
  let namesLine = 0;

  const readNames = (line: Line): void => {
    const word = line.text(0);
    if (!word.endsWith(':')) throw line.wrong(0, 'expected the name of a section and a colon');
    section = word.slice(0, -1);
    sectionTold = line.quoted(0).replace(/:$/, '');
    namesLine = line.number;
    names = [];
    for (let field = 1; field < line.count; field++) names.push(`${section}_${line.text(field)}`);
  };

  const readValues = (line: Line, expected: readonly string[]): void => {
    if (!line.is(0, `${section}:`)) throw line.wrong(0, `expected the values of ${sectionTold}`);
    if (line.count !== expected.length + 1) {
      throw new ParseError(
        `${line.count - 1} values for ${expected.length} names of ${sectionTold}`,
        line.number,
      );
    }
    if (values.size + expected.length > NAMES_LIMIT) {
      throw new ParseError(`more than ${NAMES_LIMIT} names`, line.number);
    }
    expected.forEach((name, i) => {
      values.set(name, signed.includes(name) ? line.signed(i + 1) : line.decimal(i + 1));
    });
    names = undefined;
  };

  return {
    add(line) {
      if (line.count === 0) return;
      if (names === undefined) readNames(line);
      else readValues(line, names);
    },
    end() {
      if (names !== undefined)
        throw new ParseError(`${sectionTold} has names but no values`, namesLine, 'file');
      if (values.size === 0) throw new ParseError('no values', 0, 'file');
      return values;
    },
  };
};
