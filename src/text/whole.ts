import type { Fold } from './fold.ts';
import type { Line } from './line.ts';
import { ParseError } from './parse-error.ts';

/** For files that are one block: what is wrong with a line, or a line too long or cut short, fails the file. */
export const whole = <T>(fold: Fold<Line, T>): Fold<Line, T> => ({
  add(line) {
    try {
      fold.add(line);
    } catch (error) {
      throw error instanceof ParseError ? ofFile(error) : error;
    }
  },
  lose(error) {
    throw ofFile(error);
  },
  end: () => fold.end(),
});

const ofFile = ({ message, line }: ParseError): ParseError => new ParseError(message, line, 'file');
