// Protects: every column of /proc/net/dev reaches its own metric, for interfaces with any name, in every layout.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dev } from '../../src/collectors/dev.ts';
import { familyIn, lines, read, samplesOf } from './reading.ts';

const title = 'Inter-|   Receive                                                |  Transmit';
const columns =
  ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed';
const table = (...rows: readonly string[]): string => lines(title, columns, ...rows);
const zeros =
  '0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0';

test('each of the sixteen columns is a counter of its own', () => {
  const text = table(
    '  eth0: 9886031     295    3    4    5     6          7         8    19771     221   11   12   13    14      15         16',
  );
  assert.deepEqual(samplesOf(dev, text), [
    'interface_receive_bytes_total{device="eth0"} 9886031',
    'interface_receive_compressed_total{device="eth0"} 7',
    'interface_receive_dropped_total{device="eth0"} 4',
    'interface_receive_errors_total{device="eth0"} 3',
    'interface_receive_fifo_total{device="eth0"} 5',
    'interface_receive_frame_total{device="eth0"} 6',
    'interface_receive_multicast_total{device="eth0"} 8',
    'interface_receive_packets_total{device="eth0"} 295',
    'interface_transmit_bytes_total{device="eth0"} 19771',
    'interface_transmit_carrier_total{device="eth0"} 15',
    'interface_transmit_collisions_total{device="eth0"} 14',
    'interface_transmit_compressed_total{device="eth0"} 16',
    'interface_transmit_dropped_total{device="eth0"} 12',
    'interface_transmit_errors_total{device="eth0"} 11',
    'interface_transmit_fifo_total{device="eth0"} 13',
    'interface_transmit_packets_total{device="eth0"} 221',
  ]);
});

test('an old kernel prints no blank after the colon', () => {
  const text = table(
    '  eth0:1234567890 9876543    3   12    1     2          0      4711 4294967290 8765432    1    0    0   977       4          0',
  );
  assert.deepEqual(familyIn(samplesOf(dev, text), 'interface_receive_bytes_total'), [
    '{device="eth0"} 1234567890',
  ]);
});

test('a name may hold a colon, quotes, a backslash, UTF-8 and bytes that are none', () => {
  const text = table(
    `  eth0:1: ${zeros}`,
    `{x="y"}: ${zeros}`,
    `a\\b: ${zeros}`,
    `\xc3\xbcn0: ${zeros}`,
    `x\xff: ${zeros}`,
  );
  assert.deepEqual(familyIn(samplesOf(dev, text), 'interface_receive_bytes_total'), [
    '{device="a\\b"} 0',
    '{device="eth0:1"} 0',
    '{device="x\\xff"} 0',
    '{device="{x="y"}"} 0',
    '{device="ün0"} 0',
  ]);
});

test('a name that looks like a number and a colon is a name', () => {
  const text = table(`     0: ${zeros}`, `  12:3:7 ${zeros.slice(1)}`);
  assert.deepEqual(familyIn(samplesOf(dev, text), 'interface_receive_bytes_total'), [
    '{device="0"} 0',
    '{device="12:3"} 7',
  ]);
});

test('counters of 64 bits are read to the last of them', () => {
  const text = table(
    '  eth0: 18446744073709551615 9007199254740993 999999999999999 1000000000000000 0 0 0 0 0 0 0 0 0 0 0 0',
  );
  const samples = samplesOf(dev, text);
  // What a double holds of 2^64 - 1 and 2^53 + 1.
  assert.deepEqual(familyIn(samples, 'interface_receive_bytes_total'), [`{device="eth0"} ${2 ** 64}`]);
  assert.deepEqual(familyIn(samples, 'interface_receive_packets_total'), [
    '{device="eth0"} 9007199254740992',
  ]);
  assert.deepEqual(familyIn(samples, 'interface_receive_errors_total'), ['{device="eth0"} 999999999999999']);
  assert.deepEqual(familyIn(samples, 'interface_receive_dropped_total'), [
    '{device="eth0"} 1000000000000000',
  ]);
});

test('the header tells which columns an older kernel has, and the others get no series', () => {
  const text = lines(
    'Inter-|   Receive                  |  Transmit',
    ' face |packets errs drop fifo frame|packets errs drop fifo colls carrier',
    '  eth0:  1 2 3 4 5 6 7 8 9 10 11',
  );
  assert.deepEqual(samplesOf(dev, text), [
    'interface_receive_dropped_total{device="eth0"} 3',
    'interface_receive_errors_total{device="eth0"} 2',
    'interface_receive_fifo_total{device="eth0"} 4',
    'interface_receive_frame_total{device="eth0"} 5',
    'interface_receive_packets_total{device="eth0"} 1',
    'interface_transmit_carrier_total{device="eth0"} 11',
    'interface_transmit_collisions_total{device="eth0"} 10',
    'interface_transmit_dropped_total{device="eth0"} 8',
    'interface_transmit_errors_total{device="eth0"} 7',
    'interface_transmit_fifo_total{device="eth0"} 9',
    'interface_transmit_packets_total{device="eth0"} 6',
  ]);
});

test('a short row, a row too long and a value that is no number cost their own interface only', () => {
  const text = table(
    `    lo: ${zeros}`,
    '  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15',
    `  eth1: ${zeros} 0`,
    `  eth2: -1${zeros.slice(1)}`,
    'no interface at all',
  );
  const { report, samples } = read(dev, text);
  assert.equal(
    report,
    'ok, 4 skipped: net/dev:4: 15 values for 16 columns; net/dev:5: 17 values for 16 columns; ' +
      'net/dev:6: field 1: expected a decimal number, found "-1"',
  );
  assert.deepEqual(familyIn(samples, 'interface_receive_bytes_total'), ['{device="lo"} 0']);
});

test('another title, renamed columns and a missing column of packets each fail the collector', () => {
  const reports = [
    lines('Outer-| Receive | Transmit', columns, `    lo: ${zeros}`),
    lines(title, columns.replace('face', 'name'), `    lo: ${zeros}`),
    lines(title, columns.replace('packets', 'frames'), `    lo: ${zeros}`),
    lines(title, ' face |bytes packets', `    lo: ${zeros}`),
    lines(title),
    '',
  ].map(text => read(dev, text).report);
  assert.deepEqual(reports, [
    'failed parse: net/dev:1: expected "Inter-|" in the header',
    'failed parse: net/dev:2: expected " face |" and two lists of columns in the header',
    'failed parse: net/dev:2: no column "receive packets" in the header',
    'failed parse: net/dev:2: expected " face |" and two lists of columns in the header',
    'failed parse: net/dev: no header',
    'failed parse: net/dev: no header',
  ]);
});

test('interfaces beyond the limit are left out, not added up', () => {
  const text = table(`    lo: ${zeros}`, '  eth0: 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5', `  eth1: ${zeros}`);
  const { samples } = read(dev, text, { device: () => true, statistic: () => true, limits: { device: 2 } });
  assert.deepEqual(familyIn(samples, 'interface_receive_bytes_total'), [
    '{device="eth0"} 5',
    '{device="lo"} 0',
  ]);
});
