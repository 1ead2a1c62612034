// Protects: a file that is one block is right as a whole or fails as a whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fold } from '../../src/text/fold.ts';
import type { Line } from '../../src/text/line.ts';
import { whole } from '../../src/text/whole.ts';
import { failureOf, folded } from './folding.ts';

/** The numbers, one a line. */
const block = (): Fold<Line, readonly number[]> => {
  const seen: number[] = [];
  return whole({
    add(line) {
      seen.push(line.decimal(0));
    },
    end: () => seen,
  });
};

test('what is wrong with a line fails the file, with the same words', () => {
  assert.deepEqual(folded(block(), '1', '2').data, [1, 2]);
  assert.equal(
    failureOf(block(), '1', '2', 'x', '3'),
    'line 3: field 1: expected a decimal number, found "x"',
  );
});

test('an error that is none of ours stays what it is', () => {
  const mistake = new TypeError('a mistake');
  const broken = whole({
    add() {
      throw mistake;
    },
    end: () => 0,
  });
  assert.throws(() => folded(broken, 'a'), mistake);
});
