/** What netstat prints, and what we print in its place where we mean to differ: lines of either, made comparable. */
import { shown } from '../../src/faces/netstat/shown.ts';
import { readable } from '../../src/text/line.ts';

export interface Difference {
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

export const noDifference: Difference = { ours: [], theirs: [] };

/** Lines that one of two texts has and the other has not, or not as often. */
export const differenceOf = (ours: string, theirs: string): Difference => ({
  ours: linesBeyond(ours, theirs),
  theirs: linesBeyond(theirs, ours),
});

const linesBeyond = (text: string, other: string): readonly string[] => {
  const left = new Map<string, number>();
  for (const line of other.split('\n')) left.set(line, (left.get(line) ?? 0) + 1);
  return text.split('\n').filter(line => {
    const times = left.get(line) ?? 0;
    left.set(line, times - 1);
    return times <= 0;
  });
};

/**
 * Netstat prints the bytes of a name as they are, and counts them to fill up the column. We spell out those that a terminal would
 * obey or could not show, and count characters.
 * @param bytes a character for each byte that netstat printed, as in what is returned
 */
export const spelledOut = (bytes: string): string => bytes.split('\n').map(lineSpelledOut).join('\n');

const lineSpelledOut = (line: string): string => {
  let longer = 0;
  return line.replace(/([^ ]+)( *)/g, (_, word: string, blanks: string) => {
    const spelled = shown(readable(Buffer.from(word, 'latin1')));
    longer += spelled.length - word.length;
    // One blank may be part of a name; what fills up a column is more, unless the name fills it.
    const filled = blanks.length < 2 ? blanks.length : Math.max(1, blanks.length - longer);
    longer -= blanks.length - filled;
    return Buffer.from(spelled).toString('latin1') + ' '.repeat(filled);
  });
};

/**
 * Netstat ends the path of a unix socket at its first white space; the kernel prints it whole.
 * @param text what we print, where white space other than a blank is spelled out
 */
export const pathsCut = (text: string): string => {
  const [, columns = ''] = /^(Proto RefCnt .* )Path$/m.exec(text) ?? [];
  return text.replace(/^unix .*$/gm, row => {
    const path = row.slice(columns.length);
    return row.slice(0, columns.length) + (/^.*?(?=$| |\\x0[9a-d])/.exec(path)?.[0] ?? '');
  });
};
