import type { Fold } from './fold.ts';
import type { Line } from './line.ts';
import { ParseError } from './parse-error.ts';

/** For files that are one block: what is wrong with a line fails the file. */
export const whole = <T>(fold: Fold<Line, T>): Fold<Line, T> => ({
  add(line) {
    try {
      fold.add(line);
    } catch (error) {
      throw error instanceof ParseError ? new ParseError(error.message, error.line, 'file') : error;
    }
  },
  end: () => fold.end(),
});
