import type { Fold } from './fold.ts';
import type { Line } from './line.ts';
import { ParseError } from './parse-error.ts';

/** Names in one file; snmp6 has about 100. */
const NAMES_LIMIT = 4096;

/**
 * One `Name value` a line, no header: folds to name -> value.
 * @param nameOf turns the file's name into ours
 * @param signed those of ours whose value may be negative
 */
export const nameValueLines = (
  nameOf: (name: string) => string,
  signed: readonly string[] = [],
): Fold<Line, ReadonlyMap<string, number>> => {
  const values = new Map<string, number>();
  return {
    add(line) {
      if (line.count !== 2) throw line.wrong(1, 'expected a name and one value');
      if (values.size === NAMES_LIMIT) throw new ParseError(`more than ${NAMES_LIMIT} names`, line.number);
      const name = nameOf(line.text(0));
      values.set(name, signed.includes(name) ? line.signed(1) : line.decimal(1));
    },
    end: () => values,
  };
};
