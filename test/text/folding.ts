/** Text folded line by line, for the tests of folds. */
import type { Fold } from '../../src/text/fold.ts';
import type { Line } from '../../src/text/line.ts';
import { eachLine } from '../../src/text/lines.ts';
import { ParseError } from '../../src/text/parse-error.ts';

export interface Folded<T> {
  readonly data: T;
  /** `2: message` for each line that was skipped. */
  readonly skipped: readonly string[];
}

export const folded = <T>(fold: Fold<Line, T>, ...lines: readonly string[]): Folded<T> => {
  const skipped: string[] = [];
  eachLine(
    lines.map(line => Buffer.from(`${line}\n`, 'latin1')),
    line => {
      fold.add(line);
    },
    error => skipped.push(`${error.line}: ${error.message}`),
  );
  return { data: fold.end(), skipped };
};

/** What fails the file: `line 2: message`, or `file: message` where no line is to blame. */
export const failureOf = (fold: Fold<Line, unknown>, ...lines: readonly string[]): string => {
  try {
    folded(fold, ...lines);
  } catch (error) {
    if (!(error instanceof ParseError) || error.scope !== 'file') throw error;
    return `${error.line === 0 ? 'file' : `line ${error.line}`}: ${error.message}`;
  }
  return 'none';
};
