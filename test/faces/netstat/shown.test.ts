// Protects: nothing that a name holds can move the cursor, colour the terminal, end a line or turn the direction of writing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../../../src/faces/netstat/shown.ts';

test('control characters and marks of direction are told by their numbers', () => {
  assert.equal(shown('\u001b[31m\r\n\t\u007f\u0085\u0000'), String.raw`\x1b[31m\x0d\x0a\x09\x7f\x85\x00`);
  assert.equal(
    shown('a\u202eb\u2066c\u200f\u2028\u2029'),
    String.raw`a\u{202e}b\u{2066}c\u{200f}\u{2028}\u{2029}`,
  );
  assert.equal(shown('\u{e0001}'), String.raw`\u{e0001}`);
});

test('every other character stays', () => {
  const text = String.raw`ünï-0 "q\t'*$ {x="y"} 日本 😀`;
  assert.equal(shown(text), text);
});
