// Protects: whatever a file, its fold or the disk does becomes an outcome, with a reason and a place, and never an exception.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collector } from '../../src/collectors/collector.ts';
import { memory } from '../../src/procfs/source.ts';
import { createMemories } from '../../src/snapshot/memory.ts';
import { Abandoned, readCollector } from '../../src/snapshot/read.ts';
import { ParseError } from '../../src/text/parse-error.ts';

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
