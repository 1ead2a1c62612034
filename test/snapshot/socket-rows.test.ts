// Protects: the sockets of one reading are all there and those of the one before are not, in memory that is bounded and given back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSocketRows, ROWS_LIMIT, type SocketRows } from '../../src/snapshot/socket-rows.ts';

const BYTES_PER_ROW = 10;

const fill = (rows: SocketRows, count: number): void => {
  for (let i = 0; i < count; i++) rows.add(i + 1, i % 100, i % 3 === 0);
};

test('rows are as they were added, however many there are', () => {
  const rows = createSocketRows();
  const COUNT = 10_000;
  fill(rows, COUNT);
  assert.equal(rows.length(), COUNT);
  for (let i = 0; i < COUNT; i++) {
    assert.deepEqual([rows.inode(i), rows.cell(i), rows.unread(i)], [i + 1, i % 100, i % 3 === 0]);
  }
});

test('the numbers of a row may be as large as they come', () => {
  const rows = createSocketRows();
  rows.add(2 ** 32 - 1, 2 ** 15 - 1, true);
  rows.add(2 ** 32 - 1, 2 ** 15 - 1, false);
  rows.setHolder(0, -1);
  rows.setHolder(1, 65_535);
  const row = (i: number) => [rows.inode(i), rows.cell(i), rows.unread(i), rows.holder(i)];
  assert.deepEqual(row(0), [2 ** 32 - 1, 2 ** 15 - 1, true, -1]);
  assert.deepEqual(row(1), [2 ** 32 - 1, 2 ** 15 - 1, false, 65_535]);
});

test('every table has cells of its own', () => {
  const rows = createSocketRows();
  assert.deepEqual([rows.addCells(11), rows.addCells(2), rows.addCells(6)], [0, 11, 13]);
  assert.equal(rows.cells(), 19);
});

test('a reading knows nothing of the one before', () => {
  const rows = createSocketRows();
  rows.addCells(5);
  rows.add(7, 3, true);
  rows.setHolder(0, 9);
  rows.clear();
  assert.deepEqual([rows.length(), rows.cells(), rows.beyondLimit().size], [0, 0, 0]);
  assert.equal(rows.addCells(2), 0);
  rows.add(8, 1, false);
  assert.deepEqual([rows.length(), rows.inode(0), rows.cell(0), rows.unread(0)], [1, 8, 1, false]);
});

test('the memory of a large reading serves the next one, and is given back when a small one was enough', () => {
  const rows = createSocketRows();
  const atFirst = rows.bytes();
  fill(rows, 100_000);
  const full = rows.bytes();
  assert.ok(full >= 100_000 * BYTES_PER_ROW && full < 2 * 100_000 * BYTES_PER_ROW, String(full));
  rows.clear();
  assert.equal(rows.bytes(), full);
  fill(rows, 90_000);
  rows.clear();
  assert.equal(rows.bytes(), full);
  fill(rows, 10);
  rows.clear();
  assert.equal(rows.bytes(), atFirst);
  fill(rows, 2000);
  assert.deepEqual([rows.length(), rows.inode(1999)], [2000, 2000]);
});

test('what is beyond the limit is counted by cell, and the next reading has room again', () => {
  const rows = createSocketRows();
  for (let i = 0; i < ROWS_LIMIT; i++) rows.add(5, 1, false);
  assert.equal(rows.beyondLimit().size, 0);
  for (const cell of [2, 3, 2]) rows.add(6, cell, true);
  assert.equal(rows.length(), ROWS_LIMIT);
  assert.deepEqual(
    [...rows.beyondLimit()],
    [
      [2, 2],
      [3, 1],
    ],
  );
  assert.equal(rows.inode(ROWS_LIMIT - 1), 5);
  assert.equal(rows.bytes(), ROWS_LIMIT * BYTES_PER_ROW);
  rows.clear();
  rows.add(7, 4, false);
  assert.deepEqual([rows.length(), rows.inode(0), rows.beyondLimit().size], [1, 7, 0]);
});
