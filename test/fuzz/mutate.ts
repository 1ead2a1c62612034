/**
 * Breaks the bytes of a file as disks, kernels and attackers would. Pure: the same chances break the same bytes in the same way, and
 * the bytes that are given stay as they are.
 */
import type { Random } from './random.ts';

export interface Mutated {
  readonly bytes: Buffer;
  /** What was done, in its order. */
  readonly how: readonly string[];
}

const NEWLINE = 0x0a;
/** Lines that an excerpt keeps: what is read in a fraction of a millisecond leaves time for more inputs. */
const EXCERPT_LINES = 14;
/** Mutations of one input. */
const MUTATIONS = 4;

const text = (latin1: string): Buffer => Buffer.from(latin1, 'latin1');

/** Every line with its end; the last one may have none. */
const linesOf = (bytes: Buffer): Buffer[] => {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    lines.push(bytes.subarray(start, end));
    start = end;
  }
  return lines;
};

/** Fields and what is between them, in turns; the first and the last may be empty. */
const fieldsOf = (line: Buffer): string[] => line.toString('latin1').split(/([ \t\n:=]+)/);

const numbers = [
  ...['0', '1', '-1', '-0', '+1', '00000000000000000001', '4294967295', '4294967296', '2147483648'],
  ...['9007199254740991', '9007199254740993', '18446744073709551615', '18446744073709551616'],
  ...['-9223372036854775808', '340282366920938463463374607431768211456', '1e9', '1E400', '-1e-400', '1.5'],
  ...['.5', '0x10', '0xffffffff', 'ffffffff', 'FFFFFFFFFFFFFFFF', '1fffffffffffff', '20000000000000', '-'],
  ...[
    'NaN',
    'nan',
    'Infinity',
    '-Infinity',
    'null',
    'undefined',
    '1_000',
    '1,000',
    '0b1',
    '\xb2',
    '\xd9\xa3',
    '',
  ],
] as const;

const words = [
  ...[
    '"',
    '\\',
    '\\n',
    '\\"',
    'a"} 1',
    '{x="y"}',
    '# HELP',
    '# EOF',
    "'",
    '$&',
    '%s',
    '<script>',
    '&amp;',
    '*',
  ],
  ...['other', '__proto__', 'constructor', 'hasOwnProperty', 'toString', 'netns', 'lo', 'all', '-', '.', '/'],
  ...[
    '\x00',
    '\x01',
    '\x1b[31m',
    '\x7f',
    '\r',
    '\x80',
    '\xff\xff',
    '\xc3',
    '\xe2\x82',
    '\xf0\x9f\x98',
    '\xed\xa0\x80',
  ],
  ...[
    '\xc3\xa9',
    '\xe2\x80\xae',
    '\xe2\x80\xa8',
    '\xf0\x9f\x98\x80',
    '\xef\xbb\xbf',
    '\xef\xbf\xbf',
    '\xc0\x80',
  ],
  ...[
    '00000000',
    '0100007F:1F90',
    '00000000000000000000000001000000',
    '0.0.0.0',
    '::',
    '???',
    '<->',
    '*:*',
    '(null)',
  ],
  ...[
    'EXPECTING:',
    'proto=6',
    'src=',
    'ESTABLISHED',
    'LISTENING',
    'default',
    'disabled',
    'Tcp:',
    'TcpExt:',
    '0:',
  ],
] as const;

/** One of each kind of what a face has to escape, and a reader must not take for a name of its own. */
const sharpWords = ['"', '\\', '<script>', '&', '\x1b[31m', '\x00', '\xff', 'constructor'] as const;

const word = (random: Random): string => (random.oneIn(2) ? random.pick(sharpWords) : random.pick(words));

const bytesThatMatter = [
  0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2d, 0x30, 0x3a, 0x5c, 0x7f, 0x80, 0xc3, 0xff,
] as const;

type Mutation = (bytes: Buffer, random: Random, others: readonly [Buffer, ...Buffer[]]) => Buffer;

const withByte = (bytes: Buffer, at: number, value: number): Buffer => {
  const copy = Buffer.from(bytes);
  if (at < copy.length) copy[at] = value;
  return copy;
};

const spliced = (bytes: Buffer, at: number, removed: number, ...inserted: readonly Buffer[]): Buffer =>
  Buffer.concat([bytes.subarray(0, at), ...inserted, bytes.subarray(Math.min(bytes.length, at + removed))]);

const ofLines =
  (change: (lines: Buffer[], at: number, random: Random) => readonly Buffer[]): Mutation =>
  (bytes, random) => {
    const lines = linesOf(bytes);
    return lines.length === 0 ? bytes : Buffer.concat(change(lines, random.below(lines.length), random));
  };

/** The line without its end, and its end. */
const apart = (line: Buffer): readonly [Buffer, Buffer] => {
  const end = line.at(-1) === NEWLINE ? line.length - 1 : line.length;
  return [line.subarray(0, end), line.subarray(end)];
};

const ofFields = (change: (fields: string[], at: number, random: Random) => readonly string[]): Mutation =>
  ofLines((lines, line, random) => {
    const fields = fieldsOf(lines[line] ?? Buffer.alloc(0));
    const at = 2 * random.below((fields.length + 1) / 2);
    return lines.with(line, text(change(fields, at, random).join('')));
  });

/** The same change of columns in every line, as another kernel would print them. */
const ofColumns = (change: (fields: string[], a: number, b: number) => readonly string[]): Mutation =>
  ofLines((lines, line, random) => {
    const columns = (fieldsOf(lines[line] ?? Buffer.alloc(0)).length + 1) / 2;
    const [a, b] = [2 * random.below(columns), 2 * random.below(columns)];
    return lines.map(each => text(change(fieldsOf(each), a, b).join('')));
  });

const exchanged = (fields: readonly string[], a: number, b: number): readonly string[] =>
  Math.max(a, b) < fields.length ? fields.with(a, fields[b] ?? '').with(b, fields[a] ?? '') : fields;

const shuffled = <T>(values: readonly T[], random: Random): readonly T[] => {
  const left = [...values];
  return values.flatMap(() => left.splice(random.below(left.length), 1));
};

/** Lines like this one, of which every one has a name of its own: what limits of labels and rows are for. */
const crowd = (line: Buffer, count: number): Buffer => {
  const fields = fieldsOf(line);
  const named = fields.findIndex(field => /[a-z0-9]/i.test(field));
  return text(
    Array.from({ length: count }, (_, i) => fields.with(named, `${fields[named] ?? ''}${i}`).join('')).join(
      '',
    ),
  );
};

const long = (bytes: Buffer, random: Random, length: number): Buffer => {
  const lines = linesOf(bytes);
  const at = random.below(lines.length + 1);
  const filler = Buffer.alloc(
    length,
    random.pick(['0', 'x', ' ', 'a b ', '1: ', '\xff', '\x00'] as const),
    'latin1',
  );
  const end = random.oneIn(3) ? Buffer.alloc(0) : Buffer.of(NEWLINE);
  return Buffer.concat([...lines.slice(0, at), filler, end, ...lines.slice(at)]);
};

/** Those that cost little. */
const mutations: Readonly<Record<string, Mutation>> = {
  'a bit flipped': (bytes, random) => {
    const at = random.below(bytes.length);
    return withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)));
  },
  'several bits flipped': (bytes, random) => {
    const copy = Buffer.from(bytes);
    for (let flips = 2 + random.below(30); flips > 0 && copy.length > 0; flips--) {
      const at = random.below(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    }
    return copy;
  },
  'a byte replaced': (bytes, random) =>
    withByte(bytes, random.below(bytes.length), random.pick(bytesThatMatter)),
  'bytes inserted': (bytes, random) => {
    const count = 1 + random.below(8);
    return spliced(
      bytes,
      random.below(bytes.length + 1),
      0,
      Buffer.alloc(count, random.pick(bytesThatMatter)),
    );
  },
  'bytes taken out': (bytes, random) => spliced(bytes, random.below(bytes.length), 1 + random.below(40)),
  'cut anywhere': (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  'no last line end': bytes => (bytes.at(-1) === NEWLINE ? bytes.subarray(0, -1) : bytes),
  'a line cut': ofLines((lines, at, random) => {
    const [line, end] = apart(lines[at] ?? Buffer.alloc(0));
    return lines.with(at, Buffer.concat([line.subarray(0, random.below(line.length + 1)), end]));
  }),
  'lines joined': ofLines((lines, at) => lines.with(at, apart(lines[at] ?? Buffer.alloc(0))[0])),
  'a line broken in two': ofLines((lines, at, random) => {
    const line = lines[at] ?? Buffer.alloc(0);
    return lines.with(at, spliced(line, random.below(line.length), 0, Buffer.of(NEWLINE)));
  }),
  'a line taken out': ofLines((lines, at) => lines.toSpliced(at, 1)),
  'a line several times': ofLines((lines, at, random) =>
    lines.toSpliced(
      at,
      0,
      ...Array.from({ length: 1 + random.below(9) }, () => lines[at] ?? Buffer.alloc(0)),
    ),
  ),
  'lines in another order': ofLines((lines, _at, random) => shuffled(lines, random)),
  'two lines exchanged': ofLines((lines, at, random) => {
    const other = random.below(lines.length);
    return lines.with(at, lines[other] ?? Buffer.alloc(0)).with(other, lines[at] ?? Buffer.alloc(0));
  }),
  'the first lines lost': ofLines((lines, _at, random) => lines.slice(1 + random.below(2))),
  'the columns of the first line in another order': ofLines((lines, _at, random) => {
    const fields = fieldsOf(lines[0] ?? Buffer.alloc(0));
    const names = shuffled(
      fields.filter((_, i) => i % 2 === 0),
      random,
    );
    return lines.with(
      0,
      text(fields.map((field, i) => (i % 2 === 0 ? (names[i / 2] ?? '') : field)).join('')),
    );
  }),
  'two columns exchanged': ofColumns(exchanged),
  'a column taken out': ofColumns((fields, a) => fields.toSpliced(a, 2)),
  'a column twice': ofColumns((fields, a) => fields.toSpliced(a, 0, fields[a] ?? '', ' ')),
  'two fields exchanged': ofFields((fields, at, random) =>
    exchanged(fields, at, 2 * random.below((fields.length + 1) / 2)),
  ),
  'a field taken out': ofFields((fields, at) => fields.toSpliced(at, 2)),
  'a field twice': ofFields((fields, at) => fields.toSpliced(at, 0, fields[at] ?? '', ' ')),
  'another number': ofFields((fields, at, random) => fields.with(at, random.pick(numbers))),
  'another number everywhere': ofLines((lines, _at, random) => {
    const number = random.pick(numbers);
    return lines.map(line => text(line.toString('latin1').replace(/(?<=[ \t:=])-?\d+(?=[ \t\n:])/g, number)));
  }),
  'a sign before a number': ofFields((fields, at, random) =>
    fields.with(at, random.pick(['-', '+', '--'] as const) + (fields[at] ?? '')),
  ),
  'a number that goes on': ofFields((fields, at, random) =>
    fields.with(
      at,
      (fields[at] ?? '') +
        random.pick(['0', '9', 'f', '1'] as const).repeat(random.pick([1, 9, 30, 400, 2000] as const)),
    ),
  ),
  'another word': ofFields((fields, at, random) => fields.with(at, word(random))),
  'a word with another behind': ofFields((fields, at, random) =>
    fields.with(at, (fields[at] ?? '') + word(random)),
  ),
  'another separator': ofFields((fields, at, random) =>
    at + 1 < fields.length
      ? fields.with(
          at + 1,
          random.pick([
            '',
            ' ',
            '\t',
            '\t\t ',
            '\r',
            '\x0b',
            '\xa0',
            '\r\n',
            ':',
            '=',
            ' '.repeat(500),
          ] as const),
        )
      : fields,
  ),
  capitals: ofFields((fields, at) => {
    const field = fields[at] ?? '';
    return fields.with(at, field === field.toUpperCase() ? field.toLowerCase() : field.toUpperCase());
  }),
  'line ends of another system': bytes => text(bytes.toString('latin1').replaceAll('\n', '\r\n')),
  'the tail of another file': (bytes, random, others) => {
    const other = random.pick(others);
    return Buffer.concat([
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]);
  },
  'lines of another file': (bytes, random, others) => {
    const other = keptLinesOf(random.pick(others));
    const from = random.below(other.length + 1);
    const lines = linesOf(bytes);
    return Buffer.concat(lines.toSpliced(random.below(lines.length + 1), 0, ...other.slice(from, from + 3)));
  },
  'the file twice': bytes => Buffer.concat([bytes, bytes]),
};

/** Those that leave little to be read. */
const wrecks: Readonly<Record<string, Mutation>> = {
  'no beginning': (bytes, random) => bytes.subarray(random.below(bytes.length)),
  empty: () => Buffer.alloc(0),
  'nothing but line ends': (_bytes, random) => Buffer.alloc(1 + random.below(9), NEWLINE),
};

/** Those that cost so much that few inputs have one. */
const heavy: Readonly<Record<string, Mutation>> = {
  'a crowd of lines': ofLines((lines, at, random) =>
    lines.with(at, crowd(lines[at] ?? Buffer.alloc(0), random.pick([70, 300, 1100, 3000] as const))),
  ),
  'too many fields': ofFields((fields, at) => fields.with(at, 'a '.repeat(1100))),
  'a line at the limit of lines': (bytes, random) => long(bytes, random, 65_530 + random.below(12)),
  'a field of 60 KB': ofFields((fields, at, random) =>
    fields.with(at, random.pick(['1', 'x', '\xc3', '"'] as const).repeat(60_000)),
  ),
  'a line of 1 MB': (bytes, random) => long(bytes, random, 1_000_000),
};

const gigantic: Mutation = (bytes, random) => long(bytes, random, GIGANTIC_BYTES);
export const GIGANTIC_BYTES = 10_000_000;

const names = Object.keys(mutations) as [string, ...string[]];
/** What goes through to labels and cells, and so has several turns. */
const frequent = ['another word', 'a word with another behind', 'another number'] as const;
const turns: readonly [string, ...string[]] = [...names, ...frequent, ...frequent, ...frequent];
const wreckNames = Object.keys(wrecks) as [string, ...string[]];
const heavyNames = Object.keys(heavy) as [string, ...string[]];

export const mutationNames: readonly string[] = [...names, ...wreckNames, ...heavyNames, 'a line of 10 MB'];

/** Files are excerpted again and again. */
const linesKept = new WeakMap<Buffer, readonly Buffer[]>();

const keptLinesOf = (file: Buffer): readonly Buffer[] => {
  const kept = linesKept.get(file) ?? linesOf(file);
  linesKept.set(file, kept);
  return kept;
};

/** The first lines, which say what the others are, and some of the others. */
const excerpt = (bytes: Buffer, random: Random): Buffer => {
  const lines = keptLinesOf(bytes);
  if (lines.length <= EXCERPT_LINES) return bytes;
  const heading = 3;
  const from = heading + random.below(lines.length - heading);
  return Buffer.concat([...lines.slice(0, heading), ...lines.slice(from, from + EXCERPT_LINES - heading)]);
};

/** @param others files from which something may come in */
export const mutated = (
  original: Buffer,
  random: Random,
  others: readonly [Buffer, ...Buffer[]],
): Mutated => {
  const isWhole = random.oneIn(40);
  let bytes = isWhole ? original : excerpt(original, random);
  const how = isWhole ? [] : ['an excerpt'];
  const apply = (name: string, mutation: Mutation | undefined): void => {
    bytes = mutation?.(bytes, random, others) ?? bytes;
    how.push(name);
  };
  // What is broken in one place alone shows what the rest makes of it.
  for (let count = random.oneIn(2) ? 1 : 1 + random.below(MUTATIONS); count > 0; count--) {
    const name = random.pick(turns);
    apply(name, mutations[name]);
  }
  if (random.oneIn(25)) {
    const name = random.pick(wreckNames);
    apply(name, wrecks[name]);
  }
  if (random.oneIn(400)) {
    const name = random.pick(heavyNames);
    apply(name, heavy[name]);
  }
  if (random.oneIn(3000)) apply('a line of 10 MB', gigantic);
  return { bytes, how };
};

/** Bytes that are still there when nobody may look at them any more. */
const STALE = 0x39;
const STORAGE_BYTES = 65_536;
const storage = Buffer.alloc(STORAGE_BYTES);

/** Hands the bytes over in pieces that end anywhere, in one storage that the next piece overwrites. */
export function* inChunks(bytes: Buffer, random: Random): Iterable<Uint8Array> {
  const largest = random.oneIn(24)
    ? random.pick([1, 3] as const)
    : random.pick([30, 200, 4096, STORAGE_BYTES] as const);
  // Millions of pieces of one byte tell nothing that thousands do not.
  const limit = Math.max(largest, Math.ceil(bytes.length / 4096));
  for (let at = 0; at < bytes.length;) {
    const length = bytes.copy(storage, 0, at, at + 1 + random.below(Math.min(limit, STORAGE_BYTES)));
    yield storage.subarray(0, length);
    storage.fill(STALE, 0, length);
    at += length;
  }
}
