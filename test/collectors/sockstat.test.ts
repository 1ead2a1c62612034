// Protects: the kernel's own totals, in bytes where it counts pages, labelled by family only where it tells families apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sockstat, sockstat6 } from '../../src/collectors/sockstat.ts';
import { memory } from '../../src/procfs/source.ts';
import { familyIn, lines, littleEndian, read, readSource, samplesOf } from './reading.ts';

const totals = [
  'sockets: used 48',
  'TCP: inuse 16 orphan 5 tw 3 alloc 22 mem 1067',
  'UDP: inuse 2 mem 7',
  'UDPLITE: inuse 1',
  'RAW: inuse 4',
  'FRAG: inuse 6 memory 4096',
];

test('memory in pages becomes bytes, the memory of fragments is bytes already', () => {
  assert.deepEqual(samplesOf(sockstat, lines(...totals)), [
    'sockstat_frag_inuse{family="inet"} 6',
    'sockstat_frag_memory_bytes{family="inet"} 4096',
    'sockstat_raw_inuse{family="inet"} 4',
    'sockstat_sockets_used 48',
    `sockstat_tcp_alloc 22`,
    'sockstat_tcp_inuse{family="inet"} 16',
    `sockstat_tcp_mem_bytes ${1067 * 4096}`,
    'sockstat_tcp_orphan 5',
    'sockstat_tcp_tw 3',
    'sockstat_udp_inuse{family="inet"} 2',
    `sockstat_udp_mem_bytes ${7 * 4096}`,
    'sockstat_udplite_inuse{family="inet"} 1',
  ]);
});

test('pages have the size of the machine that printed the file', () => {
  const machine = { ...littleEndian, pageSizeBytes: 65_536 };
  const { samples } = readSource(sockstat, memory({ 'net/sockstat': lines(...totals) }, machine));
  assert.deepEqual(familyIn(samples, 'sockstat_tcp_mem_bytes'), [` ${1067 * 65_536}`]);
  assert.deepEqual(familyIn(samples, 'sockstat_frag_memory_bytes'), ['{family="inet"} 4096']);
});

test('sockstat6 counts IPv6 alone', () => {
  const text = lines(
    'TCP6: inuse 4',
    'UDP6: inuse 1',
    'UDPLITE6: inuse 2',
    'RAW6: inuse 3',
    'FRAG6: inuse 5 memory 6',
  );
  assert.deepEqual(samplesOf(sockstat6, text), [
    'sockstat_frag_inuse{family="inet6"} 5',
    'sockstat_frag_memory_bytes{family="inet6"} 6',
    'sockstat_raw_inuse{family="inet6"} 3',
    'sockstat_tcp_inuse{family="inet6"} 4',
    'sockstat_udp_inuse{family="inet6"} 1',
    'sockstat_udplite_inuse{family="inet6"} 2',
  ]);
});

test('sections and keys that this kernel does not print have no series, those we do not know are ignored', () => {
  const text = lines('TCP: inuse 16 orphan 5', 'UDP: inuse 2', 'SMC: inuse 9 new 1');
  assert.deepEqual(samplesOf(sockstat, text), [
    'sockstat_tcp_inuse{family="inet"} 16',
    'sockstat_tcp_orphan 5',
    'sockstat_udp_inuse{family="inet"} 2',
  ]);
});

test('a key without a value, a value that is no number and an empty file each fail the collector', () => {
  const reports = [
    lines('sockets: used 48', 'TCP: inuse 16 orphan'),
    lines('sockets: used 48', 'TCP: inuse many'),
    lines('used 48'),
    '',
  ].map(text => read(sockstat, text).report);
  assert.deepEqual(reports, [
    'failed parse: net/sockstat:2: field 4: expected a value after this key, found "orphan"',
    'failed parse: net/sockstat:2: field 3: expected a decimal number, found "many"',
    'failed parse: net/sockstat:1: field 1: expected the name of a section and a colon, found "used"',
    'failed parse: net/sockstat: no values',
  ]);
});

test('a line with nothing on it tells nothing', () => {
  const text = lines('sockets: used 48', '', 'TCP: inuse 16');
  assert.deepEqual(
    samplesOf(sockstat, text),
    samplesOf(sockstat, lines('sockets: used 48', 'TCP: inuse 16')),
  );
});
