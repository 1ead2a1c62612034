// Protects: wherever the chunks are cut, the same lines come out, and what cannot be a line is told and left out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachLine, LINE_BYTES_LIMIT } from '../../src/text/lines.ts';
import { ParseError } from '../../src/text/parse-error.ts';

/** Every chunk lies in the same storage, which is wiped before the next: a line must not be kept. */
function* reused(chunks: readonly Buffer[]): Iterable<Uint8Array> {
  const storage = Buffer.alloc(Math.max(1, ...chunks.map(chunk => chunk.length)));
  for (const chunk of chunks) {
    storage.fill(0x21);
    chunk.copy(storage);
    yield storage.subarray(0, chunk.length);
  }
}

/** `1 text` for a line, `! 2 what` for one that was skipped. */
const linesOf = (...chunks: readonly string[]): readonly string[] => {
  const told: string[] = [];
  eachLine(
    reused(chunks.map(chunk => Buffer.from(chunk, 'latin1'))),
    line => told.push(`${line.number} ${line.all()}`),
    error => told.push(`! ${error.line} ${error.message}`),
  );
  return told;
};

const text = 'ab c\n\nd\0e\r\n x\nlast\n';
const expected = ['1 ab c', '2 ', '3 d\0e\r', '4  x', '5 last'];

test('a text is its lines, empty ones and those with NULs and returns included', () => {
  assert.deepEqual(linesOf(text), expected);
});

test('a chunk may end at any two places', () => {
  for (let i = 0; i <= text.length; i++) {
    for (let j = i; j <= text.length; j++) {
      assert.deepEqual(linesOf(text.slice(0, i), text.slice(i, j), text.slice(j)), expected, `${i} ${j}`);
    }
  }
});

test('a chunk may be a single byte', () => {
  assert.deepEqual(linesOf(...Array.from(text)), expected);
});

test('no chunks, empty chunks and no bytes are no lines', () => {
  assert.deepEqual(linesOf(), []);
  assert.deepEqual(linesOf('', '', ''), []);
  assert.deepEqual(linesOf('', 'a\n', '', 'b', '', '\n', ''), ['1 a', '2 b']);
});

test('a last line without an end was cut, and is not read', () => {
  assert.deepEqual(linesOf('a\nb 1'), ['1 a', '! 2 cut short: the line does not end']);
  assert.deepEqual(linesOf('a\nb', ' 1'), ['1 a', '! 2 cut short: the line does not end']);
  assert.deepEqual(linesOf('a'), ['! 1 cut short: the line does not end']);
});

const longest = 'x'.repeat(LINE_BYTES_LIMIT);

test('the longest line that is allowed is read, however it is cut', () => {
  const whole = [`1 ${longest}`, '2 y'];
  assert.deepEqual(linesOf(`${longest}\ny\n`), whole);
  assert.deepEqual(linesOf(longest, '\ny\n'), whole);
  assert.deepEqual(linesOf('x', longest.slice(1), '\ny\n'), whole);
  assert.deepEqual(linesOf(longest.slice(1), 'x\ny\n'), whole);
});

test('a longer line is told and left out, however it is cut, and the next one is read', () => {
  const told = [`! 1 longer than ${LINE_BYTES_LIMIT} bytes`, '2 y'];
  assert.deepEqual(linesOf(`${longest}x\ny\n`), told);
  assert.deepEqual(linesOf(longest, 'x\ny\n'), told);
  assert.deepEqual(linesOf(longest, 'x', '\ny\n'), told);
  assert.deepEqual(linesOf('x', longest, '\ny\n'), told);
  assert.deepEqual(linesOf(longest, longest, longest, '\ny\n'), told);
  assert.deepEqual(linesOf(longest, longest, 'x\n', 'y\n'), told);
});

test('after a line that was too long one that is cut across chunks is whole', () => {
  assert.deepEqual(linesOf(longest, 'xx\nab', 'cd\n'), [
    `! 1 longer than ${LINE_BYTES_LIMIT} bytes`,
    '2 abcd',
  ]);
});

test('a file that is one line too long without an end was cut', () => {
  assert.deepEqual(linesOf(longest, longest), ['! 1 cut short: the line does not end']);
});

test('a line that cannot be read is skipped, the next one follows', () => {
  const taken: number[] = [];
  const skipped: string[] = [];
  eachLine(
    [Buffer.from('1\nx\n3\n')],
    line => taken.push(line.decimal(0)),
    error => skipped.push(error.message),
  );
  assert.deepEqual(taken, [1, 3]);
  assert.deepEqual(skipped, ['field 1: expected a decimal number, found "x"']);
});

test('an error about the file and an error that is none of ours end the reading', () => {
  for (const error of [new ParseError('no header', 1, 'file'), new TypeError('a mistake')]) {
    let lines = 0;
    const read = (): void => {
      eachLine(
        [Buffer.from('1\n2\n')],
        () => {
          lines++;
          throw error;
        },
        () => assert.fail('skipped'),
      );
    };
    assert.throws(read, error);
    assert.equal(lines, 1);
  }
});
