// Protects: the table by inode answers as a plain map would, whatever the inodes are, and gives its memory back.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { INODES_LIMIT, InodeTable } from '../../src/procfs/inode-table.ts';

interface Entry {
  value: number;
  note: number;
  met: number;
}

type Step = (table: InodeTable, model: Map<number, Entry>) => void;

/** Few, so that they meet each other again; far apart, so that they are put in each other's way. */
const anInode = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 40 }).map(i => i * 2 ** 22),
  fc.constantFrom(1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1),
);
const aReading = fc.integer({ min: 1, max: 100 });
const aNote = fc.integer({ min: 0, max: 2 ** 32 - 1 });

const set = (inode: number, value: number, met: number, note: number): Step => {
  return (table, model) => {
    assert.equal(table.set(inode, value, met, note), true);
    model.set(inode, { value, note, met });
  };
};

const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(anInode, fc.integer({ min: -1 }), aReading, aNote).map(it => set(...it)) },
  {
    weight: 2,
    arbitrary: fc.tuple(anInode, aReading).map(([inode, reading]): Step => {
      return (table, model) => {
        const entry = model.get(inode);
        assert.equal(table.meet(inode, reading), entry?.value ?? -1);
        if (entry !== undefined) entry.met = reading;
      };
    }),
  },
  {
    weight: 1,
    arbitrary: aReading.map((reading): Step => {
      return (table, model) => {
        table.prune(reading);
        for (const [inode, { met }] of model) if (met < reading) model.delete(inode);
      };
    }),
  },
);

const inodesOf = (table: InodeTable): readonly number[] =>
  Array.from({ length: table.places }, (_, place) => table.inodeAt(place)).filter(inode => inode !== 0);

const byNumber = (a: number, b: number): number => a - b;

const assertSame = (table: InodeTable, model: ReadonlyMap<number, Entry>): void => {
  assert.equal(table.size, model.size);
  assert.deepEqual(inodesOf(table).toSorted(byNumber), [...model.keys()].toSorted(byNumber));
  for (const [inode, { value, note, met }] of model) {
    assert.deepEqual([table.get(inode), table.note(inode), table.metBy(inode)], [value, note, met]);
  }
};

describe('a table by inode', () => {
  test('is a map', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 200 }), steps => {
        const table = new InodeTable();
        const model = new Map<number, Entry>();
        for (const step of steps) step(table, model);
        assertSame(table, model);
      }),
    );
  });

  test('stays a map while it grows, in whatever steps the inodes come', () => {
    for (const step of [1, 2, 7, 1024, 65_536, 2 ** 20 - 1]) {
      const table = new InodeTable();
      const model = new Map<number, Entry>();
      for (let i = 1; i <= 3000; i++) set((i * step) >>> 0, i, i, 2 * i)(table, model);
      assertSame(table, model);
    }
  });

  test('knows nothing of what it was not told', () => {
    const table = new InodeTable();
    table.set(7, 1, 1, 5);
    assert.deepEqual([table.get(8), table.meet(8, 3), table.metBy(8), table.note(8)], [-1, -1, 0, 0]);
    assert.equal(table.size, 1);
  });

  test('never takes in inode 0, which is the mark of an empty place', () => {
    const table = new InodeTable();
    for (const nothing of [0, 2 ** 32, NaN]) {
      assert.equal(table.set(nothing, 5, 1, 6), false);
      assert.deepEqual(
        [table.get(nothing), table.meet(nothing, 2), table.metBy(nothing), table.note(nothing)],
        [-1, -1, 0, 0],
      );
    }
    assert.equal(table.size, 0);
  });

  test('takes of a longer number the 32 bits that the kernel counts', () => {
    const table = new InodeTable();
    for (let i = 1; i <= 5000; i++) assert.equal(table.set(2 ** 32 + (i % 10) + 1, i, 1), true);
    assert.equal(table.size, 10);
    assert.equal(table.get(2 ** 32 + 1), table.get(1));
    assert.equal(table.get(2 ** 32 + 1), 5000);
  });

  test('gives its memory back when sockets are gone', () => {
    const table = new InodeTable();
    const atFirst = table.bytes;
    for (let i = 1; i <= 10_000; i++) table.set(i, i, i <= 100 ? 2 : 1);
    const full = table.bytes;
    table.prune(2);
    assert.equal(table.size, 100);
    assert.equal(table.get(100), 100);
    assert.equal(table.get(101), -1);
    assert.equal(table.bytes, atFirst);
    assert.ok(full > atFirst);
  });

  test('takes in no more than its limit, and what it has can still be changed', () => {
    const table = new InodeTable();
    for (let i = 1; i <= INODES_LIMIT; i++) table.set(i, 1, 1);
    assert.equal(table.set(INODES_LIMIT + 1, 1, 1), false);
    assert.equal(table.get(INODES_LIMIT + 1), -1);
    assert.equal(table.set(5, 9, 2), true);
    assert.equal(table.get(5), 9);
    assert.equal(table.size, INODES_LIMIT);
    assert.ok(table.bytes > 16 * INODES_LIMIT && table.bytes <= 34e6, String(table.bytes));
  });
});
