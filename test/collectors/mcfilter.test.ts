// Protects: sources that sockets filter, told apart by what they do with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mcfilter, mcfilter6 } from '../../src/collectors/mcfilter.ts';
import { lines, read, samplesOf } from './reading.ts';

const header = 'Idx Device        MCA        SRC    INC    EXC';
const header6 = 'Idx Device                Multicast Address                   Source Address    INC    EXC';

test('the sockets of every source are added up by what they do', () => {
  const text = lines(
    header,
    '  2   eth0 0xe8090909 0xc0000201      1      0',
    '  2   eth0 0xe8090909 0xc0000202      3      1',
    ' 21 fiftee 0xeffffffa 0xc6336407      0 123456',
  );
  assert.deepEqual(samplesOf(mcfilter, text), [
    'multicast_source_filters{family="inet",mode="exclude"} 123457',
    'multicast_source_filters{family="inet",mode="include"} 4',
  ]);
});

test('IPv6 addresses stand there without a prefix', () => {
  const text = lines(
    header6,
    '  3 dummy0 ff3e0000000000000000000000000009 20010db8000000000000000000000001      1      0',
    '  5 veth-w ff050000000000000000000000010003 20010db8000000000000000000000bad      0      2',
  );
  assert.deepEqual(samplesOf(mcfilter6, text), [
    'multicast_source_filters{family="inet6",mode="exclude"} 2',
    'multicast_source_filters{family="inet6",mode="include"} 1',
  ]);
});

test('a header alone is a host that filters nothing', () => {
  assert.deepEqual(samplesOf(mcfilter, lines(header)), [
    'multicast_source_filters{family="inet",mode="exclude"} 0',
    'multicast_source_filters{family="inet",mode="include"} 0',
  ]);
});

test('a row that is bad at its end counts for neither column', () => {
  const { report, counted } = read(mcfilter, lines(header, '  2   eth0 0xe8090909 0xc0000201      1      x'));
  assert.equal(report, 'ok, 1 skipped: net/mcfilter:2: field 6: expected a decimal number, found "x"');
  assert.deepEqual(counted, []);
});
