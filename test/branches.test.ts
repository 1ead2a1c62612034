// Protects: the check of coverage sees a branch that no test takes, one that is listed and taken, and too little coverage.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { complaintsOf, coverageIn, listedIn, type IstanbulReport } from './branches.ts';
import { root } from './hosts.ts';

const text = 'const a = b[0] ?? 0;\nif (a) throw new Error();\nelse {\n  again();\n}\n';
const ways = [
  { start: { line: 1, column: 15 }, end: { line: 1, column: 20 } },
  { start: { line: 2, column: 7 }, end: { line: 2, column: 25 } },
  { start: { line: 3, column: 5 }, end: { line: 5, column: 1 } },
  { start: { line: 5, column: -1 }, end: { line: 5, column: 1 } },
];

const reportOf = (file: string, counts: readonly number[]): IstanbulReport => ({
  [join(root, file)]: { b: { 0: counts }, branchMap: { 0: { locations: ways } } },
});

/** Of a hundred branches more that are all taken. */
const complaints = (counts: readonly number[], list: string): readonly string[] => {
  const { branches, uncovered } = coverageIn(reportOf('src/text/line.ts', counts), () => text);
  return complaintsOf({ branches: branches + 100, uncovered }, listedIn(`## Uncovered branches\n${list}`));
};

test('a branch that is neither taken nor listed is told with its place', () => {
  assert.deepEqual(complaints([1, 0, 1, 1], ''), [
    'src/text/line.ts:2: no test takes `throw new Error();`, and it is not listed',
  ]);
});

test('a block is one line of code', () => {
  assert.deepEqual(complaints([1, 1, 0, 1], '- `src/text/line.ts`: `{ again(); }`\n'), []);
});

test('a branch is listed by its code or by how that begins', () => {
  assert.deepEqual(complaints([1, 0, 1, 1], '- `src/text/line.ts`: `throw new Error();`\n'), []);
  assert.deepEqual(complaints([0, 1, 1, 1], '- `src/text/line.ts`: `?? …`\n'), []);
  assert.equal(complaints([0, 1, 1, 1], '- `src/text/lines.ts`: `?? …`\n').length, 2, 'of another file');
});

test('a branch that is listed and taken is told, but for one that is taken by chance', () => {
  const listed = '- `src/text/line.ts`: `throw new Error();`\n';
  assert.deepEqual(complaints([1, 1, 1, 1], listed), [
    'src/text/line.ts: listed as uncovered, and there is no such branch: `throw new Error();`',
  ]);
  assert.deepEqual(complaints([1, 1, 1, 1], `### By chance\n\n${listed}`), []);
});

test('a way on which no code stands needs no reason', () => {
  assert.deepEqual(complaints([1, 1, 1, 0], ''), []);
});

test('too little coverage is told, and so is none at all', () => {
  const little = coverageIn(reportOf('src/text/line.ts', [0, 1, 1, 1]), () => text);
  const listed = listedIn('## Uncovered branches\n- `src/text/line.ts`: `?? …`\n');
  assert.deepEqual(complaintsOf(little, listed), ['75.00 % of branches, not 95 %']);
  assert.deepEqual(complaintsOf({ branches: 0, uncovered: [] }, []), ['NaN % of branches, not 95 %']);
});

test('files beside the data path do not count', () => {
  assert.equal(coverageIn(reportOf('src/faces/http.ts', [0, 0, 0, 0]), () => text).branches, 0);
  assert.equal(coverageIn(reportOf('src/faces/exposition.ts', [0, 0, 0, 0]), () => text).branches, 4);
});

test('the list of docs/testing.md is understood, line by line', () => {
  const markdown = readFileSync(join(root, 'docs', 'testing.md'), 'utf8');
  const [, list = ''] = markdown.split('## Uncovered branches\n');
  assert.equal(listedIn(markdown).length, [...list.matchAll(/^- /gm)].length);
});
