// Protects: the columns of tables are as wide as they are said to be, and nothing is cut to fit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { left, right } from '../../../src/faces/netstat/cells.ts';

test('cells are padded as padEnd and padStart do it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), fc.integer({ min: 0, max: 100 }), (text, width) => {
      assert.equal(left(text, width), text.padEnd(width));
      assert.equal(right(text, width), text.padStart(width));
    }),
    { numRuns: 500, seed: 20_261_125 },
  );
});
