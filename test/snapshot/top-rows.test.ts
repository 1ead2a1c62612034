// Protects: of any number of rows the first so many are kept, in their order, and never more than that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createTopRows } from '../../src/snapshot/top-rows.ts';

const RUNS = { numRuns: 1000, seed: 20_261_125 };

const topOf = (numbers: readonly number[], limit: number): readonly string[] => {
  const top = createTopRows<number, string>(limit, (a, b) => a - b);
  numbers.forEach((number, i) => {
    if (top.wants(number)) top.add(number, `${number} came as ${i}`);
  });
  return top.rows();
};

test('what is kept is the beginning of all rows in their order, equal ones as they came', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 20 })),
      fc.integer({ min: 0, max: 12 }),
      (numbers, limit) => {
        const all = numbers
          .map((number, i) => ({ number, text: `${number} came as ${i}` }))
          .sort((a, b) => a.number - b.number);
        assert.deepEqual(
          topOf(numbers, limit),
          all.slice(0, limit).map(({ text }) => text),
        );
      },
    ),
    RUNS,
  );
});

test('where all rows are equal the first that came are kept, and the others are not wanted', () => {
  const top = createTopRows<number, number>(2, () => 0);
  const wanted = [1, 2, 3, 4].filter(row => {
    const isWanted = top.wants(row);
    if (isWanted) top.add(row, row);
    return isWanted;
  });
  assert.deepEqual(wanted, [1, 2]);
  assert.deepEqual(top.rows(), [1, 2]);
});
