// Protects: whatever a file, its fold or the disk does becomes an outcome, with a reason and a place, and never an exception.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collector } from '../../src/collectors/collector.ts';
import { memory } from '../../src/procfs/source.ts';
import { createMemories } from '../../src/snapshot/memory.ts';
import { Abandoned, readCollector } from '../../src/snapshot/read.ts';
import { LimitReached, ParseError } from '../../src/text/parse-error.ts';

const machine = { byteOrder: 'little', pageSizeBytes: 4096, ticksPerSecond: 100 } as const;

/** Adds up the first field of every line; `end` is called with what came of it. */
const summing = (end: (sum: number) => unknown = sum => sum) =>
  collector({
    name: 'test',
    file: 'net/test',
    about: 'For a test.',
    fold() {
      let sum = 0;
      return {
        add(line) {
          sum += line.decimal(0);
        },
        end: () => end(sum),
      };
    },
    families: [],
  });

const read = (file: string | (() => never) | undefined, end?: (sum: number) => unknown) => {
  const source = memory(file === undefined ? {} : { 'net/test': file }, machine);
  const { seconds, ...outcome } = readCollector(summing(end), source, createMemories()('test'));
  assert.ok(seconds >= 0 && seconds < 10);
  return outcome;
};

const throwing = (error: unknown) => (): never => {
  throw error;
};

const withCode = (code: string): Error => Object.assign(new Error(`${code}: it said no`), { code });

test('what the fold made of all lines is the data', () => {
  assert.deepEqual(read('1\n2\n39\n'), { status: 'ok', data: 42, skipped: { count: 0, examples: [] } });
});

test('a file that the kernel does not offer is absent', () => {
  assert.deepEqual(read(undefined), { status: 'absent' });
});

test('lines that cannot be read are left out, counted and the first three shown', () => {
  assert.deepEqual(read('1\na\n2\nb\nc\nd\n'), {
    status: 'ok',
    data: 3,
    skipped: {
      count: 4,
      examples: [2, 4, 5].map(
        (line, i) => `net/test:${line}: field 1: expected a decimal number, found "${'abc'[i] ?? ''}"`,
      ),
    },
  });
});

test('another place is asked where the kernel does not offer the first, and errors name the one that was read', () => {
  const anywhere = { ...summing(), otherwise: ['net/older', 'net/oldest'] };
  const from = (files: Parameters<typeof memory>[0]) => {
    const { seconds, ...outcome } = readCollector(anywhere, memory(files, machine), createMemories()('test'));
    assert.ok(seconds >= 0);
    return outcome;
  };
  assert.deepEqual(from({}), { status: 'absent' });
  assert.deepEqual(from({ 'net/test': '1\n', 'net/older': '2\n' }), {
    status: 'ok',
    data: 1,
    skipped: { count: 0, examples: [] },
  });
  assert.deepEqual(from({ 'net/oldest': 'x\n' }), {
    status: 'ok',
    data: 0,
    skipped: { count: 1, examples: ['net/oldest:1: field 1: expected a decimal number, found "x"'] },
  });
  assert.deepEqual(from({ 'net/test': throwing(withCode('EACCES')), 'net/older': '2\n' }), {
    status: 'failed',
    reason: 'permission',
    message: 'net/test: EACCES: it said no',
  });
});

describe('failures', () => {
  const failures: readonly (readonly [what: string, error: unknown, reason: string, message: string])[] = [
    ['no permission', withCode('EACCES'), 'permission', 'net/test: EACCES: it said no'],
    ['no right', withCode('EPERM'), 'permission', 'net/test: EPERM: it said no'],
    ['the disk', withCode('EIO'), 'io', 'net/test: EIO: it said no'],
    ['too many open files', withCode('EMFILE'), 'io', 'net/test: EMFILE: it said no'],
    ['a mistake of ours', new TypeError('x is not a function'), 'internal', 'net/test: x is not a function'],
    ['something that is no error', 'text', 'internal', 'net/test: text'],
    ['nobody waiting', new Abandoned('nobody waits'), 'deadline', 'net/test: nobody waits'],
    ['a bad block', new ParseError('no header', 3, 'file'), 'parse', 'net/test:3: no header'],
    ['a limit', new LimitReached('more than 9 rows', 10), 'limit', 'net/test:10: more than 9 rows'],
    ['an empty file', new ParseError('empty', 0, 'file'), 'parse', 'net/test: empty'],
  ];
  for (const [what, error, reason, message] of failures) {
    test(`${what}, on opening: ${reason}`, () => {
      assert.deepEqual(read(throwing(error)), { status: 'failed', reason, message });
    });
    test(`${what}, at the end of the fold: ${reason}`, () => {
      assert.deepEqual(read('1\n', throwing(error)), { status: 'failed', reason, message });
    });
  }
});
