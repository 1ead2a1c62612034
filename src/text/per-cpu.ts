import { headed } from './headed.ts';
import type { Fold } from './fold.ts';
import type { Line } from './line.ts';
import { LimitReached, ParseError } from './parse-error.ts';
import { whole } from './whole.ts';

/** Linux can be built for 8192 CPUs. */
const CPUS_LIMIT = 16_384;

/** What every CPU counted for itself, by the words of the header. */
export interface PerCpu {
  /** Over all CPUs. */
  readonly sums: ReadonlyMap<string, number>;
  /** Of the first CPU: all that there is to know of a column that says the same on each line. */
  readonly first: ReadonlyMap<string, number>;
}

/**
 * A header, then a line of hexadecimal numbers for each CPU (net/stat). A line that does not match up fails the
 * file, since the sums without it would be too low.
 * @param begins the first words of the header, as `headed` takes them
 * @param bits of the kernel's counters. One of 32 bits that wraps takes 2^32 from a sum that is far from 0 behind it,
 * which reads as a counter that began anew and counted all of that since; so the sum wraps where they do.
 */
export const perCpuLines = (begins: string, bits: 32 | 64): Fold<Line, PerCpu> =>
  whole(headed(begins, header => cpuLines(wordsOf(header), bits === 32 ? 2 ** 32 : Infinity)));

const wordsOf = (header: Line): readonly string[] =>
  Array.from({ length: header.count }, (_, field) => header.text(field));

const cpuLines = (words: readonly string[], wrapsAt: number): Fold<Line, PerCpu> => {
  const sums = words.map(() => 0);
  let first: readonly number[] | undefined;
  let cpus = 0;
  return {
    add(line) {
      if (++cpus > CPUS_LIMIT) throw new LimitReached(`more than ${CPUS_LIMIT} CPUs`, line.number);
      if (line.count !== words.length) {
        throw new ParseError(`${line.count} values for ${words.length} columns`, line.number);
      }
      const values = words.map((_word, field) => line.hex(field));
      first ??= values;
      values.forEach((value, field) => {
        sums[field] = ((sums[field] ?? 0) + value) % wrapsAt;
      });
    },
    end() {
      if (first === undefined) throw new ParseError('no line of a CPU', 0, 'file');
      return { sums: byWord(words, sums), first: byWord(words, first) };
    },
  };
};

const byWord = (words: readonly string[], values: readonly number[]): ReadonlyMap<string, number> =>
  new Map(words.map((word, field) => [word, values[field] ?? 0]));
