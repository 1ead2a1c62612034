// Protects: how many series a family can have is arithmetic on the domains of its labels.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOpen, worstCase, type Label } from '../../src/metrics/label.ts';

const closed: Label = { name: 'state', values: ['a', 'b', 'c'] };
const folded: Label = { name: 'device', limit: 10, surplus: 'other' };
const cut: Label = { name: 'device', limit: 10, surplus: 'left out' };
const dependent: Label = { name: 'flags', of: 'device' };
const paired: Label = { name: 'group', with: 'device' };

test('a family without labels is one series', () => {
  assert.equal(worstCase([]), 1);
});

test('closed domains multiply, and a label that follows another adds nothing', () => {
  assert.equal(worstCase([closed]), 3);
  assert.equal(worstCase([closed, closed]), 9);
  assert.equal(worstCase([closed, cut, dependent]), 30);
  assert.equal(worstCase([closed, paired, cut]), 30);
});

test('the remainder under "other" is a value of its own', () => {
  assert.equal(worstCase([cut]), 10);
  assert.equal(worstCase([folded]), 11);
  assert.equal(worstCase([closed, folded]), 33);
});

test('only a label with a limit is open', () => {
  assert.deepEqual([closed, folded, cut, dependent, paired].map(isOpen), [false, true, true, false, false]);
});
