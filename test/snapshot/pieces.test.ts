// Protects: long work of the main thread lets others have a turn by its samples, and by the time that these take.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTurnOver, MILLISECONDS_A_TURN, nextTurn, SAMPLES_A_TURN } from '../../src/snapshot/pieces.ts';

const busyFor = (milliseconds: number): void => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

test('a turn is over after so many samples, whoever took them, and not before', async () => {
  await nextTurn();
  assert.equal(isTurnOver(SAMPLES_A_TURN - 1), false);
  assert.equal(isTurnOver(1), true);
  assert.equal(isTurnOver(0), true, 'until others had theirs');
  await nextTurn();
  assert.equal(isTurnOver(0), false);
});

test('a turn is over after so long, with however few samples', async () => {
  await nextTurn();
  busyFor(MILLISECONDS_A_TURN);
  assert.equal(isTurnOver(0), true);
  await nextTurn();
  assert.equal(isTurnOver(0), false);
});

test('others have their turn before the next one begins', async () => {
  const order: string[] = [];
  setImmediate(() => order.push('other'));
  await nextTurn();
  order.push('next');
  assert.deepEqual(order, ['other', 'next']);
});
