// Protects: what is read off a line is what stands there, or an error that says where and what; never a guess.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ascii, FIELDS_PER_LINE_LIMIT, Line, readable } from '../../src/text/line.ts';
import { ParseError } from '../../src/text/parse-error.ts';

/** The line lies in the middle of a buffer, as it does when it is read. */
const lineOf = (text: string, number = 7): Line => {
  const bytes = Buffer.from(`eth9:ff 99\n${text}\n88:ff ff`, 'latin1');
  const start = bytes.indexOf('\n') + 1;
  const line = new Line();
  line.borrow(bytes, start, start + text.length, number);
  return line;
};

/** What is said of the field, and whether the line or the whole file is at fault. */
const complaint = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ParseError, String(error));
    return `${error.scope} ${error.line}: ${error.message}`;
  }
  return assert.fail('nothing was said');
};

test('fields are separated by runs of blanks and tabs, which may stand at both ends', () => {
  const line = lineOf(' \t a  bc\t\td  ');
  assert.equal(line.count, 3);
  assert.deepEqual([line.text(0), line.text(1), line.text(2)], ['a', 'bc', 'd']);
  assert.deepEqual([line.width(0), line.width(1), line.width(3)], [1, 2, 0]);
  assert.deepEqual([line.has(2), line.has(3)], [true, false]);
});

test('other white space and NUL are part of a field', () => {
  const line = lineOf('a\rb c\0d \v');
  assert.equal(line.count, 3);
  assert.equal(line.text(0), 'a\rb');
  assert.equal(line.text(1), 'c\0d');
});

test('fields can be asked for in any order, and the count comes when it likes', () => {
  const line = lineOf('0 10 200 3000');
  assert.equal(line.decimal(2), 200);
  assert.equal(line.decimal(0), 0);
  assert.equal(line.count, 4);
  assert.equal(line.decimal(3), 3000);
  assert.equal(line.decimal(1), 10);
});

test('a line that is borrowed anew knows nothing of the one before', () => {
  const bytes = Buffer.from('1 2 3 4\n5\n');
  const line = new Line();
  line.borrow(bytes, 0, 7, 1);
  assert.equal(line.count, 4);
  line.borrow(bytes, 8, 9, 2);
  assert.equal(line.number, 2);
  assert.equal(line.count, 1);
  assert.equal(line.has(1), false);
  assert.equal(line.decimal(0), 5);
});

test('an empty line and a blank one have no fields and are not indented, whatever was read before', () => {
  const bytes = Buffer.from('\n   \n    a');
  const line = new Line();
  line.borrow(bytes, 5, 10, 1);
  assert.equal(line.indented, true);
  line.borrow(bytes, 0, 0, 2);
  assert.deepEqual([line.count, line.indented], [0, false]);
  line.borrow(bytes, 1, 4, 3);
  assert.deepEqual([line.count, line.indented], [0, false]);
});

test('a line is indented when it begins with a blank or a tab', () => {
  assert.equal(lineOf('\ta').indented, true);
  assert.equal(lineOf(' a').indented, true);
  assert.equal(lineOf('a b').indented, false);
});

test('decimal numbers are exact up to 15 digits, and what a double holds of them up to 2^64', () => {
  const numbers = ['0', '007', '999999999999999', '9007199254740993', '18446744073709551615'];
  for (const digits of numbers) assert.equal(lineOf(digits).decimal(0), Number(digits), digits);
});

test('a number beyond 64 bits is an error', () => {
  const said = 'line 7: field 1: expected a number below 2^64, found';
  for (const digits of ['18446744073709551616', '99999999999999999999', '000000000000000000001']) {
    assert.equal(
      complaint(() => lineOf(digits).decimal(0)),
      `${said} "${digits}"`,
    );
  }
});

test('what is no decimal number is an error that shows it', () => {
  for (const text of ['-1', '+1', '0x1', '1.5', '1e3', 'a', '1:', '\xb2', '/', ':']) {
    const shown = text === '\xb2' ? '\\xb2' : text;
    assert.equal(
      complaint(() => lineOf(`x ${text}`).decimal(1)),
      `line 7: field 2: expected a decimal number, found "${shown}"`,
    );
  }
});

test('a field that is not there is an error that says how many there are', () => {
  const said = 'line 7: field 3: missing, the line has 2';
  const line = lineOf('1 2');
  assert.equal(
    complaint(() => line.decimal(2)),
    said,
  );
  assert.equal(
    complaint(() => line.signed(2)),
    said,
  );
  assert.equal(
    complaint(() => line.hex(2)),
    said,
  );
  assert.equal(
    complaint(() => line.prefixedHex(2)),
    said,
  );
  assert.equal(
    complaint(() => line.pair(2)),
    said,
  );
  assert.equal(
    complaint(() => line.text(2)),
    said,
  );
  assert.equal(
    complaint(() => line.fingerprint([0, 2])),
    said,
  );
  assert.equal(
    complaint(() => line.goesOnBehind(2)),
    said,
  );
  assert.equal(
    complaint(() => line.takeName(2)),
    said,
  );
});

test('a number with a sign may be negative, and nothing else', () => {
  assert.equal(lineOf('-1').signed(0), -1);
  assert.equal(lineOf('-9007199254740991').signed(0), -9007199254740991);
  assert.equal(lineOf('12').signed(0), 12);
  for (const text of ['-', '--1', '+1', '1-']) {
    assert.match(
      complaint(() => lineOf(text).signed(0)),
      /expected a decimal number/,
    );
  }
});

test('hexadecimal numbers are read in either case', () => {
  assert.equal(lineOf('0A').hex(0), 10);
  assert.equal(lineOf('fFfFfFfF').hex(0), 0xffffffff);
  assert.equal(lineOf('80200001').hex(0), 0x80200001);
  assert.equal(lineOf('1FFFFFFFFFFFFF').hex(0), Number.MAX_SAFE_INTEGER);
  assert.equal(lineOf('000000000000000000000000000000ff').hex(0), 255);
});

test('hexadecimal numbers that a double cannot hold and other characters are errors', () => {
  assert.equal(
    complaint(() => lineOf('20000000000000').hex(0)),
    'line 7: field 1: expected a hexadecimal number below 2^53, found "20000000000000"',
  );
  for (const text of ['0G', '-1', '0x1', '@', '`', '/']) {
    assert.equal(
      complaint(() => lineOf(text).hex(0)),
      `line 7: field 1: expected a hexadecimal number, found "${text}"`,
    );
  }
});

test('hexadecimal numbers of sysfs begin with 0x', () => {
  assert.equal(lineOf('0x1003').prefixedHex(0), 0x1003);
  for (const text of ['1003', 'x1003', '0X1003', '0x', '0']) {
    assert.match(
      complaint(() => lineOf(text).prefixedHex(0)),
      /^line 7: field 1: expected a hexadecimal/,
    );
  }
});

test('a pair has two hexadecimal halves', () => {
  assert.deepEqual({ ...lineOf('x 0000000A:000000ff').pair(1) }, { left: 10, right: 255 });
  for (const text of ['0000000A', ':', '1:', ':1', '1:2:3', '1:g']) {
    assert.match(
      complaint(() => lineOf(text).pair(0)),
      /^line 7: field 1: expected .*hexadecimal number.*found "/,
    );
  }
});

test('a pair does not reach into the field behind it', () => {
  assert.match(
    complaint(() => lineOf('0000000A 1:2').pair(0)),
    /expected two hexadecimal numbers joined by a colon, found "0000000A"/,
  );
});

test('a field is compared whole, and one that is not there is nothing', () => {
  const line = lineOf('Idx Device');
  assert.equal(line.is(0, 'Idx'), true);
  assert.equal(line.is(0, 'Id'), false);
  assert.equal(line.is(0, 'Idx '), false);
  assert.equal(line.is(0, 'IdX'), false);
  assert.equal(line.is(2, ''), false);
});

test('a field begins with bytes that it has, not with those of its neighbour', () => {
  const line = lineOf('src=10.0.0.1 use=2 sr');
  assert.equal(line.startsWith(0, ascii('src=')), true);
  assert.equal(line.startsWith(0, ascii('src=10.0.0.1')), true);
  assert.equal(line.startsWith(0, ascii('src=10.0.0.1 ')), false);
  assert.equal(line.startsWith(1, ascii('src=')), false);
  assert.equal(line.startsWith(2, ascii('src=')), false);
  assert.equal(line.startsWith(3, ascii('')), false);
});

test('an address is words of eight digits before the last colon, or none', () => {
  const words = new Uint32Array(4);
  const countIn = (text: string): number => lineOf(text).wordsBeforeColon(0, words);
  assert.equal(countIn('0100007F:1F90'), 1);
  assert.equal(words[0], 0x0100007f);
  assert.equal(countIn('0000000000000000FFFF00000100007f:0016'), 4);
  assert.deepEqual([...words], [0, 0, 0xffff0000, 0x0100007f]);
  for (const text of ['0100007G:1F90', '010000/F:1', '0100007:1', ':1', '0100007F', '0'.repeat(40) + ':1']) {
    assert.equal(countIn(text), 0, text);
  }
});

test('a field is looked for among words, whole', () => {
  const words = ['CLOSE', 'CLOSE_WAIT', 'NONE'].map(ascii);
  const line = lineOf('CLOSE CLOSE_WAIT CLOSE_ NONE');
  assert.deepEqual(
    [0, 1, 2, 3, 4].map(field => line.oneOf(field, words)),
    [0, 1, -1, 2, -1],
  );
});

test('two fields are compared behind their keys', () => {
  const line = lineOf('src=10.0.0.1 dst=10.0.0.1 dst=10.0.0.12 dst=10.0.0.2 src= x');
  assert.equal(line.sameBehind(0, 1, 4), true);
  assert.equal(line.sameBehind(0, 1, 0), false);
  assert.equal(line.sameBehind(0, 2, 4), false);
  assert.equal(line.sameBehind(2, 0, 4), false);
  assert.equal(line.sameBehind(0, 3, 4), false);
  assert.equal(line.sameBehind(4, 4, 4), true);
  assert.equal(
    complaint(() => line.sameBehind(0, 6, 4)),
    'line 7: field 7: missing, the line has 6',
  );
});

test('a number may stand behind a key', () => {
  const line = lineOf('use=2 use= use=x mark=0');
  const use = ascii('use=');
  assert.equal(line.decimalBehind(0, use), 2);
  assert.equal(
    complaint(() => line.decimalBehind(1, use)),
    'line 7: field 2: expected a decimal number, found "use="',
  );
  assert.equal(
    complaint(() => line.decimalBehind(2, use)),
    'line 7: field 3: expected a decimal number, found "use=x"',
  );
  assert.equal(
    complaint(() => line.decimalBehind(3, use)),
    'line 7: field 4: expected use= and a number, found "mark=0"',
  );
});

test('a field may end with a colon', () => {
  const line = lineOf('ab: c :d');
  assert.deepEqual(
    [0, 1, 2, 3].map(field => line.endsWithColon(field)),
    [true, false, false, false],
  );
});

test('a name ends before the last colon, and the fields are counted anew behind it', () => {
  const line = lineOf('3\teth0:1    :     2      V3');
  assert.equal(line.takeName(1), 'eth0:1');
  assert.equal(line.count, 2);
  assert.equal(line.decimal(0), 2);
  assert.equal(line.text(1), 'V3');
});

test('a name may run into its colon, and its colon into the number', () => {
  const line = lineOf('  eth0:1234 5');
  assert.equal(line.takeName(0), 'eth0');
  assert.deepEqual([line.decimal(0), line.decimal(1), line.count], [1234, 5, 2]);
});

test('without a name or a colon of its own a line gives an error, not the name of its neighbour', () => {
  for (const text of ['eth0 1 2', ': 1 2', 'eth0']) {
    assert.match(
      complaint(() => lineOf(text).takeName(0)),
      /^line 7: field 1: expected a name and a colon/,
    );
  }
});

test('a line goes on behind a field when anything follows, a blank included', () => {
  assert.equal(lineOf('a b').goesOnBehind(1), false);
  assert.equal(lineOf('a b ').goesOnBehind(1), true);
  assert.equal(lineOf('a b c').goesOnBehind(1), true);
});

test('a fingerprint tells the named fields, their order and their borders, and no others', () => {
  const of = (text: string, ...fields: readonly number[]): number => lineOf(text).fingerprint(fields);
  assert.equal(of('a b c', 0, 2), of('a  x\tc', 0, 2));
  assert.notEqual(of('a b c', 0, 2), of('a b d', 0, 2));
  assert.notEqual(of('ab c', 0, 1), of('a bc', 0, 1));
  assert.notEqual(of('a b', 0, 1), of('b a', 0, 1));
});

test('what an error shows is printable and short', () => {
  const said = complaint(() => lineOf(`\x00\x1b\xff${'x'.repeat(100)}`).decimal(0));
  assert.equal(said, `line 7: field 1: expected a decimal number, found "\\x00\\x1b\\xff${'x'.repeat(37)}…"`);
});

test('as many fields as the limit are read, one more is an error', () => {
  const fields = 'x '.repeat(FIELDS_PER_LINE_LIMIT);
  assert.equal(lineOf(fields).count, FIELDS_PER_LINE_LIMIT);
  const said = `line 7: more than ${FIELDS_PER_LINE_LIMIT} fields`;
  assert.equal(
    complaint(() => lineOf(`${fields}x`).count),
    said,
  );
  assert.equal(
    complaint(() => lineOf(`${fields}x`).has(FIELDS_PER_LINE_LIMIT)),
    said,
  );
});

test('text is UTF-8 where it is that, and otherwise shows the bytes beyond ASCII', () => {
  assert.equal(readable(Buffer.from('eth0')), 'eth0');
  assert.equal(readable(Buffer.from('ün\u{1f600}')), 'ün\u{1f600}');
  assert.equal(readable(Buffer.from('\xfcn', 'latin1')), '\\xfcn');
  // A mark of byte order is a character like any other: two names must not become one.
  assert.equal(readable(Buffer.from('\ufeffa')), '\ufeffa');
  // Cut in the middle of a character, and a surrogate in UTF-8's clothes.
  assert.equal(readable(Buffer.from('\xc3', 'latin1')), '\\xc3');
  assert.equal(readable(Buffer.from('\xed\xa0\x80', 'latin1')), '\\xed\\xa0\\x80');
  assert.equal(readable(Buffer.from('abc'), 1, 2), 'b');
  assert.equal(lineOf('a \xc3\xbc').all(), 'a ü');
});

test('a character is found within its field and not beyond', () => {
  const line = lineOf('10.0.0.1 <-> *fe80::1 7');
  assert.deepEqual(
    [line.contains(0, '.'), line.contains(0, ':'), line.contains(0, '<')],
    [true, false, false],
  );
  assert.deepEqual(
    [line.contains(2, '*'), line.contains(2, '1'), line.contains(2, '7')],
    [true, true, false],
  );
  assert.deepEqual([line.contains(3, '7'), line.contains(4, '7')], [true, false]);
});
