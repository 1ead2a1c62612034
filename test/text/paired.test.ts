// Protects: in pairs of lines every value goes to its own name, or the file fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedLines } from '../../src/text/paired.ts';
import { whole } from '../../src/text/whole.ts';
import { failureOf, folded } from './folding.ts';

const pairs = (...lines: readonly string[]): object =>
  Object.fromEntries(folded(whole(pairedLines()), ...lines).data);

test('the values go to the names above them, each with its section', () => {
  assert.deepEqual(pairs('Tcp: A B', 'Tcp: 1 2', 'Udp: A', 'Udp: 3'), { Tcp_A: 1, Tcp_B: 2, Udp_A: 3 });
});

test('a section may come again, with other names and later than another one', () => {
  assert.deepEqual(pairs('I: A B', 'I: 1 2', 'J: A', 'J: 9', 'I: C', 'I: 3'), {
    I_A: 1,
    I_B: 2,
    J_A: 9,
    I_C: 3,
  });
});

test('an empty line between and inside a pair is nothing', () => {
  assert.deepEqual(pairs('', 'I: A', '', 'I: 1', '   '), { I_A: 1 });
});

test('a section without names is none', () => {
  assert.deepEqual(pairs('I:', 'I:', 'J: A', 'J: 1'), { J_A: 1 });
});

test('only names that are known to have a sign may be negative', () => {
  assert.deepEqual(
    [...folded(pairedLines(['Tcp_MaxConn']), 'Tcp: MaxConn A', 'Tcp: -1 2').data],
    [
      ['Tcp_MaxConn', -1],
      ['Tcp_A', 2],
    ],
  );
  assert.equal(
    failureOf(whole(pairedLines(['Tcp_MaxConn'])), 'Tcp: MaxConn A', 'Tcp: -1 -2'),
    'line 2: field 3: expected a decimal number, found "-2"',
  );
});

test('what does not match up fails the file, at its line', () => {
  const failures = [
    ['I: A B', 'I: 1'],
    ['I: A', 'I: 1 2'],
    ['I: A', 'J: 1'],
    ['I: A', 'Ix: 1'],
    ['I: A', 'I: 1', 'J: A'],
    ['I A', 'I 1'],
    ['I:'],
    [],
  ].map(lines => failureOf(whole(pairedLines()), ...lines));
  assert.deepEqual(failures, [
    'line 2: 1 values for 2 names of I',
    'line 2: 2 values for 1 names of I',
    'line 2: field 1: expected the values of I, found "J:"',
    'line 2: field 1: expected the values of I, found "Ix:"',
    'line 3: J has names but no values',
    'line 1: field 1: expected the name of a section and a colon, found "I"',
    'line 1: I has names but no values',
    'file: no values',
  ]);
});

test('more names than any kernel has are an error', () => {
  const names = (section: string): readonly string[] => [
    `${section}: ${Array.from({ length: 1000 }, (_, i) => `N${i}`).join(' ')}`,
    `${section}: ${'1 '.repeat(1000)}`,
  ];
  assert.equal(folded(whole(pairedLines()), ...['A', 'B', 'C', 'D'].flatMap(names)).data.size, 4000);
  assert.equal(
    failureOf(whole(pairedLines()), ...['A', 'B', 'C', 'D', 'E'].flatMap(names)),
    'line 10: more than 4096 names',
  );
});
