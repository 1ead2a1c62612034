// Protects: a table is read only below the header that we know.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fold } from '../../src/text/fold.ts';
import { columnOf, headed, requiredColumn } from '../../src/text/headed.ts';
import type { Line } from '../../src/text/line.ts';
import { ParseError } from '../../src/text/parse-error.ts';
import { failureOf, folded } from './folding.ts';

/** Numbers of the lines that reached it, and the width of the header that made it. */
const numbers = (header: Line): Fold<Line, readonly number[]> => {
  const seen = [header.count];
  return {
    add(line) {
      seen.push(line.decimal(0));
    },
    end: () => seen,
  };
};

test('it makes the fold of the rows, and is no row itself', () => {
  assert.deepEqual(folded(headed('a b', numbers), '  a   b   c', '1', '2').data, [3, 1, 2]);
  assert.deepEqual(folded(headed('a b', numbers), 'a\tb').data, [2]);
});

test('each word may have alternatives', () => {
  assert.deepEqual(folded(headed('a x|y', numbers), 'a y', '1').data, [2, 1]);
  assert.deepEqual(folded(headed('a x|y', numbers), 'a x').data, [2]);
});

test('another one, none, or only a part of it fails the file', () => {
  const failures = [['b a', '1'], ['a'], ['1', '2'], ['', 'a b'], []].map(lines =>
    failureOf(headed('a b|c', numbers), ...lines),
  );
  assert.deepEqual(failures, [
    'line 1: field 1: expected "a" in the header, found "b"',
    'line 1: field 2: expected "b" or "c" in the header',
    'line 1: field 1: expected "a" in the header, found "1"',
    'line 1: field 1: expected "a" in the header',
    'file: no header',
  ]);
});

test('a file without a byte is an empty table where the kernel prints it so, and one whose header was lost is not', () => {
  assert.deepEqual(folded(headed('a', numbers, () => [])).data, []);
  assert.deepEqual(
    folded(
      headed('a', numbers, () => []),
      'a',
      '1',
    ).data,
    [1, 1],
  );
  const lost = headed('a', numbers, () => []);
  lost.lose?.(new ParseError('cut short', 1, 'line'));
  assert.throws(() => lost.end(), /no header/);
  assert.equal(
    failureOf(
      headed('a', numbers, () => []),
      'b',
    ),
    'line 1: field 1: expected "a" in the header, found "b"',
  );
});

test('the rows below are skipped one by one', () => {
  const { data, skipped } = folded(headed('a', numbers), 'a', '1', 'x', '3');
  assert.deepEqual(data, [1, 1, 3]);
  assert.deepEqual(skipped, ['3: field 1: expected a decimal number, found "x"']);
});

test('a column is where the header has its word, and one that must be there fails the file', () => {
  const places = (header: Line): Fold<Line, readonly (number | undefined)[]> => ({
    add: () => undefined,
    end: () => [columnOf(header, 'c'), columnOf(header, 'x'), requiredColumn(header, 'b')],
  });
  assert.deepEqual(folded(headed('a', places), ' a b  c d').data, [2, undefined, 1]);
  const demanding = (header: Line): Fold<Line, readonly number[]> => {
    requiredColumn(header, 'x');
    return numbers(header);
  };
  assert.equal(failureOf(headed('a', demanding), 'a b'), 'line 1: no column "x" in the header');
});
