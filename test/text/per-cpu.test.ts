// Protects: what every CPU counted for itself is added up by the names in the header, or the file fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { perCpuLines, type PerCpu } from '../../src/text/per-cpu.ts';
import { failureOf, folded } from './folding.ts';

const both = ({ sums, first }: PerCpu): object => ({
  sums: Object.fromEntries(sums),
  first: Object.fromEntries(first),
});

test('hexadecimal columns are added up over all lines, whatever blanks stand between them', () => {
  const { data } = folded(
    perCpuLines('entries', 32),
    'entries  searched found new  delete',
    '0000000a  00000001 00000002 0000000f  00000010',
    '0000000a  00000003 000000ff 00000001  00000000',
    '0000000a  00000000 00000000 00000000  00000001',
  );
  assert.deepEqual(both(data), {
    sums: { entries: 30, searched: 4, found: 0x101, new: 16, delete: 17 },
    first: { entries: 10, searched: 1, found: 2, new: 15, delete: 16 },
  });
});

test('the sum of counters of 32 bits wraps where they do', () => {
  const sumOf = (...values: readonly string[]): number | undefined =>
    folded(perCpuLines('a', 32), 'a', ...values).data.sums.get('a');
  assert.equal(sumOf('ffffffff'), 0xffffffff);
  assert.equal(sumOf('ffffffff', '00000001'), 0);
  assert.equal(sumOf('ffffffff', 'ffffffff', '00000004'), 2);
  // One of them wraps, and the sum goes on by the three that were counted.
  assert.equal(sumOf('fffffffe', '80000000'), 0x7ffffffe);
  assert.equal(sumOf('00000001', '80000000'), 0x7ffffffe + 3);
});

test('the sum of wider counters does not', () => {
  const { data } = folded(perCpuLines('a', 64), 'a', 'ffffffff', 'ffffffff', '1ffffffff');
  assert.equal(data.sums.get('a'), 2 * 0xffffffff + 0x1ffffffff);
});

test('a header that begins otherwise fails the file, and so does one without a CPU', () => {
  assert.equal(
    failureOf(perCpuLines('entries allocs', 32), 'entries searched', '0 0'),
    'line 1: field 2: expected "allocs" in the header, found "searched"',
  );
  assert.equal(failureOf(perCpuLines('a', 32), 'a b'), 'file: no line of a CPU');
  assert.equal(failureOf(perCpuLines('a', 32)), 'file: no header');
});

test('a line that does not match up fails the file: the sums without it would be too low', () => {
  const fails = (...lines: readonly string[]): string => failureOf(perCpuLines('a', 32), 'a b', ...lines);
  assert.equal(fails('1 2', '1'), 'line 3: 1 values for 2 columns');
  assert.equal(fails('1 2 3'), 'line 2: 3 values for 2 columns');
  assert.equal(fails('1 x'), 'line 2: field 2: expected a hexadecimal number, found "x"');
  assert.equal(fails('1 2', ''), 'line 3: 0 values for 2 columns');
});

test('more CPUs than any machine has fail the file', () => {
  const cpus = (count: number): readonly string[] => ['a', ...Array.from({ length: count }, () => '1')];
  assert.equal(folded(perCpuLines('a', 32), ...cpus(16_384)).data.sums.get('a'), 16_384);
  assert.throws(() => folded(perCpuLines('a', 32), ...cpus(16_385)), {
    name: 'LimitReached',
    message: 'more than 16384 CPUs',
  });
});
