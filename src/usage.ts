/** What is wrong with what the program was started with, and how its command lines explain themselves. */
import { nearest } from './nearest.ts';

/** Told to whoever started the program, which then ends with status 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

export function didYouMean(word: string, known: Iterable<string>): string {
  const meant = nearest(word, known);
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

/** Two columns of a help text. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
