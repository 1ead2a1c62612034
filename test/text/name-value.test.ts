// Protects: a file of names and values gives each name its value and skips what is neither.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameValueLines } from '../../src/text/name-value.ts';
import { folded } from './folding.ts';

test('any white space is between them, and the name is ours', () => {
  const { data, skipped } = folded(
    nameValueLines(name => name.toLowerCase()),
    'Ip6InReceives                   \t7',
    'B\t18446744073709551615',
  );
  assert.deepEqual(
    [...data],
    [
      ['ip6inreceives', 7],
      ['b', 2 ** 64],
    ],
  );
  assert.deepEqual(skipped, []);
});

test('other lines are skipped', () => {
  const { data, skipped } = folded(
    nameValueLines(name => name),
    'A',
    'B 1 2',
    'C -1',
    '',
    'D 4',
  );
  assert.deepEqual([...data], [['D', 4]]);
  assert.deepEqual(
    skipped.map(each => each.slice(0, 2)),
    ['1:', '2:', '3:', '4:'],
  );
});

test('names beyond the limit are skipped and told', () => {
  const { data, skipped } = folded(
    nameValueLines(name => name),
    ...Array.from({ length: 4097 }, (_, i) => `N${i} 1`),
  );
  assert.equal(data.size, 4096);
  assert.deepEqual(skipped, ['4097: more than 4096 names']);
});

test('only the names that are told to be signed may be negative', () => {
  const { data, skipped } = folded(
    nameValueLines(name => name.toLowerCase(), ['a']),
    'A -3',
    'B -4',
    'C 5',
  );
  assert.deepEqual(
    [...data],
    [
      ['a', -3],
      ['c', 5],
    ],
  );
  assert.equal(skipped.length, 1);
});
