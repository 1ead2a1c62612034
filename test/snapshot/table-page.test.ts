// Protects: of any number of rows a page has those that come first in the order that was asked for, what is not known last, and true counts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createCounter, createSortedRows, type Sort } from '../../src/snapshot/table-page.ts';
import type { Cell, Table } from '../../src/snapshot/tables.ts';

const RUNS = { numRuns: 1000, seed: 20_261_126 };

interface Row {
  readonly key: Cell;
  readonly turn: number;
}

const table: Table<Row> = {
  columns: [{ name: 'key', heading: 'Key', value: row => row.key }],
  filters: {},
  counted: [],
};

const rowsOf = (keys: readonly Cell[]): readonly Row[] => keys.map((key, turn) => ({ key, turn }));

const sorted = (keys: readonly Cell[], sort: Sort | undefined, limit = 99): readonly Row[] => {
  const rows = createSortedRows(table, { sort, limit });
  for (const row of rowsOf(keys)) rows.offer(row);
  return rows.rows();
};
const keysOf = (rows: readonly Row[]): readonly Cell[] => rows.map(({ key }) => key);

const up: Sort = { by: 'key', descending: false };
const down: Sort = { by: 'key', descending: true };

describe('the order', () => {
  test('of numbers is that of numbers, either way, with 0 among them', () => {
    assert.deepEqual(keysOf(sorted([10, 9, 0, -1, 0.5, 100], up)), [-1, 0, 0.5, 9, 10, 100]);
    assert.deepEqual(keysOf(sorted([10, 9, 0, -1, 0.5, 100], down)), [100, 10, 9, 0.5, 0, -1]);
  });

  test('of text is that of its characters, with what is empty among them', () => {
    assert.deepEqual(keysOf(sorted(['b', 'a', '', 'B', 'a'], up)), ['', 'B', 'a', 'a', 'b']);
    assert.deepEqual(keysOf(sorted(['b', 'a', '', 'B', 'a'], down)), ['b', 'a', 'a', 'B', '']);
  });

  test('has what is not known last, either way', () => {
    for (const sort of [up, down]) {
      assert.deepEqual(keysOf(sorted([undefined, 2, undefined, 2], sort)), [2, 2, undefined, undefined]);
      assert.deepEqual(keysOf(sorted([undefined, 2, undefined, 2], sort, 3)), [2, 2, undefined]);
    }
    assert.deepEqual(keysOf(sorted([1, undefined, 3], down)), [3, 1, undefined]);
  });

  test('of rows that are equal is that of the kernel, and of all rows where none was asked for', () => {
    assert.deepEqual(
      sorted([1, 1, 1, 1], down, 3).map(({ turn }) => turn),
      [0, 1, 2],
    );
    assert.deepEqual(keysOf(sorted([3, undefined, 1, 2], undefined, 3)), [3, undefined, 1]);
  });

  test('by a column that there is not is that of the kernel', () => {
    assert.deepEqual(keysOf(sorted([3, 1, 2], { by: 'none such', descending: true })), [3, 1, 2]);
  });

  test('is what sorting all rows and cutting gives', () => {
    const numbers = fc.array(fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }));
    const words = fc.array(fc.option(fc.string({ maxLength: 2 }), { nil: undefined }));
    fc.assert(
      fc.property(
        fc.oneof(numbers, words),
        fc.constantFrom(up, down, undefined),
        fc.integer({ min: 1, max: 20 }),
        (keys: readonly Cell[], sort, limit) => {
          const compare = (a: Row, b: Row): number => {
            if (sort === undefined) return 0;
            if (a.key === undefined || b.key === undefined)
              return Number(a.key === undefined) - Number(b.key === undefined);
            const order = a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
            return sort.descending ? -order : order;
          };
          assert.deepEqual(sorted(keys, sort, limit), rowsOf(keys).toSorted(compare).slice(0, limit));
        },
      ),
      RUNS,
    );
  });
});

test('a row is copied where it is kept: what it was shown in may be used again', () => {
  const rows = createSortedRows(table, { sort: up, limit: 9 });
  const shown = { key: 0, turn: 0 };
  for (const turn of [2, 1, 3]) {
    shown.key = turn;
    shown.turn = turn;
    rows.offer(shown);
  }
  assert.deepEqual(
    rows.rows().map(({ turn }) => turn),
    [1, 2, 3],
  );
});

test('no more is looked at of a row that is not kept than its key', () => {
  let looks = 0;
  const rows = createSortedRows(table, { sort: down, limit: 2 });
  for (let key = 1000; key > 0; key--) {
    rows.offer({
      key,
      get turn() {
        looks++;
        return key;
      },
    });
  }
  assert.deepEqual(keysOf(rows.rows()), [1000, 999]);
  assert.equal(looks, 2);
});

describe('counts', () => {
  const countsOf = (values: Iterable<string>) => {
    const counter = createCounter();
    for (const value of values) counter.add(value);
    return counter.counts();
  };

  test('have the most frequent first, those that are equally frequent by their names', () => {
    assert.deepEqual(countsOf(['b', '', 'a', 'b', 'a', '__proto__']), [
      ['a', 2],
      ['b', 2],
      ['', 1],
      ['__proto__', 1],
    ]);
    assert.deepEqual(countsOf([]), []);
  });

  test('are those of the fifty most frequent values', () => {
    const values = Array.from({ length: 60 }, (_, i) => Array.from({ length: i + 1 }, () => `v${i}`)).flat();
    const counts = countsOf(values);
    assert.equal(counts.length, 50);
    assert.deepEqual(
      [counts[0], counts.at(-1)],
      [
        ['v59', 60],
        ['v10', 11],
      ],
    );
  });

  test('are bounded in what they tell apart, and true for what they tell', () => {
    const LIMIT = 65_536;
    function* values(): Generator<string> {
      yield 'first';
      for (let i = 0; i < LIMIT + 1000; i++) yield `v${i}`;
      for (let i = 0; i < 5; i++) yield `v${LIMIT + 500}`;
      yield 'first';
    }
    const counts = countsOf(values());
    assert.deepEqual(counts[0], ['first', 2]);
    assert.ok(counts.slice(1).every(([, rows]) => rows === 1));
  });
});
