/**
 * Command lines as getopt_long() of the C library reads them: letters may be joined, long words cut short where that leaves no
 * doubt, and options may follow arguments.
 */
import { UsageError } from './usage.ts';
import { nearest } from './nearest.ts';

/** One option: how it is spelled, and what it does. */
export interface Option<Does> {
  readonly short?: readonly string[];
  readonly long?: readonly string[];
  /** What its value is called. An option without one takes none. */
  readonly argument?: string;
  /** It is never meant by the beginning of its word. */
  readonly inFull?: true;
  readonly does: Does;
}

export interface Given<Does> {
  readonly option: Option<Does>;
  /** '' where the option takes none. */
  readonly value: string;
  /** As it stood on the command line, for messages. */
  readonly written: string;
}

/**
 * Options and arguments in their order, one by one: behind the last that the caller asks for, there may stand what makes no sense.
 * Throws a UsageError at the first that makes none.
 */
export function* argumentsOf<Does>(
  argv: readonly string[],
  options: readonly Option<Does>[],
): Generator<Given<Does> | string> {
  const known = new Map(
    options.flatMap(each => spellingsOf(each).map(spelling => [spelling, each] as const)),
  );
  const words = argv.values();
  for (const word of words) {
    if (word === '--') yield* words;
    else if (isLong(word)) yield longOption(word, words, known);
    else if (word.startsWith('-') && word !== '-') yield* joinedLetters(word, words, known);
    else yield word;
  }
}

/** `-t`, `--tcp`. */
export const spellingsOf = ({ short = [], long = [] }: Option<unknown>): readonly string[] => [
  ...short.map(letter => `-${letter}`),
  ...long.map(word => `--${word}`),
];

/** `-A FAMILY`, `--protocol=FAMILY`. */
export const withValue = (spelling: string, value: string): string =>
  isLong(spelling) ? `${spelling}=${value}` : `${spelling} ${value}`;

const isLong = (spelling: string): boolean => spelling.startsWith('--');

type Known<Does> = ReadonlyMap<string, Option<Does>>;

const longOption = <Does>(
  word: string,
  words: Iterator<string, undefined>,
  known: Known<Does>,
): Given<Does> => {
  const equals = word.indexOf('=');
  const name = equals === -1 ? word : word.slice(0, equals);
  const [spelling, option] = meantBy(name, known);
  return givenAs(spelling, option, equals === -1 ? undefined : word.slice(equals + 1), words);
};

/** What is spelled so, or the only option that has a word which begins so. */
const meantBy = <Does>(name: string, known: Known<Does>): readonly [string, Option<Does>] => {
  const exact = known.get(name);
  if (exact !== undefined) return [name, exact];
  const begun = [...known].filter(([spelling, { inFull }]) => spelling.startsWith(name) && inFull !== true);
  const [first] = begun;
  if (first === undefined) {
    const words = [...known.keys()].filter(isLong).map(spelling => spelling.slice(2));
    const meant = nearest(name.slice(2), words);
    throw new UsageError(`unknown option ${name}${meant === undefined ? '' : `; did you mean --${meant}?`}`);
  }
  if (begun.every(([, option]) => option === first[1])) return first;
  const spellings = begun.map(([spelling]) => spelling);
  throw new UsageError(`${name} may be ${spellings.slice(0, -1).join(', ')} or ${spellings.at(-1)}`);
};

/** `-tanp`. The first of the letters that takes a value takes what is left of the word, or the next word. */
function* joinedLetters<Does>(
  word: string,
  words: Iterator<string, undefined>,
  known: Known<Does>,
): Generator<Given<Does>> {
  const letters = Array.from(word.slice(1));
  for (const [at, letter] of letters.entries()) {
    const option = known.get(`-${letter}`);
    if (option === undefined) {
      const where = letters.length === 1 ? '' : ` in ${word}`;
      // The long words of other programs begin with one dash.
      const meant = known.has(`-${word}`) ? `; did you mean -${word}?` : '';
      throw new UsageError(`unknown option -${letter}${where}${meant}`);
    }
    const rest = letters.slice(at + 1).join('');
    const takesRest = option.argument !== undefined && rest !== '';
    yield givenAs(`-${letter}`, option, takesRest ? rest : undefined, words);
    if (takesRest) return;
  }
}

/** @param value what stood in the same word */
const givenAs = <Does>(
  spelling: string,
  option: Option<Does>,
  value: string | undefined,
  words: Iterator<string, undefined>,
): Given<Does> => {
  const { argument } = option;
  if (argument === undefined) {
    if (value !== undefined) throw new UsageError(`${spelling}=${value}: takes no value`);
    return { option, value: '', written: spelling };
  }
  const taken = value ?? nextValue(words);
  if (taken === '') throw new UsageError(`${spelling} needs a value: ${withValue(spelling, argument)}`);
  return { option, value: taken, written: withValue(spelling, taken) };
};

/** An option behind one that needs a value is a forgotten value. */
const nextValue = (words: Iterator<string, undefined>): string => {
  const { value = '' } = words.next();
  return value.startsWith('-') ? '' : value;
};
