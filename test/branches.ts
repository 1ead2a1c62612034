/** Branches of the data path that no test takes, held against the list of docs/testing.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './hosts.ts';

/** What kernel files go through on their way to a response. */
const dataPath = /^src\/(collectors|metrics|procfs|snapshot|text)\/|^src\/faces\/exposition\.ts$/;

export const PERCENT_MINIMUM = 95;

export interface Branch {
  /** `src/text/line.ts` */
  readonly file: string;
  readonly line: number;
  /** In one line. */
  readonly code: string;
}

export interface Coverage {
  readonly branches: number;
  readonly uncovered: readonly Branch[];
}

interface Place {
  readonly line: number;
  /** -1 where a branch begins behind the last code of a line. */
  readonly column: number;
}

/** coverage-final.json of Istanbul, by the path of the file. */
export type IstanbulReport = Readonly<
  Record<
    string,
    {
      readonly b: Readonly<Record<string, readonly number[]>>;
      readonly branchMap: Readonly<
        Record<string, { readonly locations: readonly { readonly start: Place; readonly end: Place }[] }>
      >;
    }
  >
>;

export const coverageIn = (
  report: IstanbulReport,
  textOf = (file: string): string => readFileSync(join(root, file), 'utf8'),
): Coverage => {
  let branches = 0;
  const uncovered: Branch[] = [];
  for (const [path, { b, branchMap }] of Object.entries(report)) {
    const file = path.slice(root.length + 1);
    if (!dataPath.test(file)) continue;
    const lines = textOf(file).split('\n');
    for (const [id, counts] of Object.entries(b)) {
      counts.forEach((count, i) => {
        branches++;
        const place = branchMap[id]?.locations[i];
        if (count === 0 && place !== undefined) uncovered.push(branchAt(file, lines, place));
      });
    }
  }
  return { branches, uncovered };
};

const branchAt = (
  file: string,
  lines: readonly string[],
  { start, end }: { readonly start: Place; readonly end: Place },
): Branch => {
  const [first = '', ...further] = lines.slice(start.line - 1, end.line);
  const rest =
    further.length === 0 ? [] : [...further.slice(0, -1), further.at(-1)?.slice(0, end.column) ?? ''];
  const begun = first.slice(Math.max(0, start.column), further.length === 0 ? end.column : undefined);
  const code = [start.column < 0 ? '' : begun, ...rest].map(line => line.trim()).join(' ');
  return { file, line: start.line, code: code.trim() };
};

export interface Listed {
  readonly file: string;
  /** With `…` at its end all code that begins so. */
  readonly code: string;
  /** Neither taken for sure nor for sure not. */
  readonly isChance: boolean;
}

const HEADING_OF_THE_LIST = '## Uncovered branches\n';
const HEADING_OF_CHANCE = 'By chance';

/** Throws where there is no such list. */
export const listedIn = (markdown: string): readonly Listed[] => {
  const [, list] = markdown.split(HEADING_OF_THE_LIST);
  if (list === undefined) throw new Error(`docs/testing.md has no heading "${HEADING_OF_THE_LIST.trim()}"`);
  return list.split(/^### /m).flatMap(section =>
    Array.from(section.matchAll(/^- `(src\/[^`]+)`: (`+) ?(.+?) ?\2$/gm), ([, file = '', , code = '']) => ({
      file,
      code,
      isChance: section.startsWith(HEADING_OF_CHANCE),
    })),
  );
};

const isOf = (branch: Branch, listed: Listed): boolean =>
  branch.file === listed.file &&
  (listed.code.endsWith('…')
    ? branch.code.startsWith(listed.code.slice(0, -1))
    : branch.code === listed.code);

/** V8 counts the way behind what always returns or throws: nothing that could be run stands there. */
const hasCode = ({ code }: Branch): boolean => /[^\s{}();]/.test(code);

/** A sentence for each difference between what is uncovered and what is listed, and for too little coverage. */
export const complaintsOf = (
  { branches, uncovered }: Coverage,
  listed: readonly Listed[],
): readonly string[] => {
  const percent = percentOf({ branches, uncovered });
  return [
    ...(percent >= PERCENT_MINIMUM ? [] : [`${percent.toFixed(2)} % of branches, not ${PERCENT_MINIMUM} %`]),
    ...uncovered
      .filter(hasCode)
      .filter(branch => !listed.some(each => isOf(branch, each)))
      .map(({ file, line, code }) => `${file}:${line}: no test takes \`${code}\`, and it is not listed`),
    ...listed
      .filter(each => !each.isChance && !uncovered.some(branch => isOf(branch, each)))
      .map(({ file, code }) => `${file}: listed as uncovered, and there is no such branch: \`${code}\``),
  ];
};

/** Not a number where there is no branch, which is not enough. */
export const percentOf = ({ branches, uncovered }: Coverage): number =>
  (100 * (branches - uncovered.length)) / branches;
