// Protects: the route caches of both IP versions, where the kernel has one, and 0 where it has its file alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rtCache } from '../../src/collectors/rt-cache.ts';
import { rt6Stats } from '../../src/collectors/rt6-stats.ts';
import { lines, read, samplesOf } from './reading.ts';

const header =
  'Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT\tTOS\tHHRef\tHHUptod\tSpecDst                          ';
const row =
  'eth0\t3202010A\t3202010A\t       0\t1\t420\t0\t0302010A\t1500\t0\t0\t10\t3\t1\t0302010A                                                      ';

test('every row of IPv4 is a route, be its device unknown', () => {
  assert.deepEqual(samplesOf(rtCache, lines(header, row, row.replace('eth0', '*'))), [
    'route_cache_entries{family="inet"} 2',
  ]);
});

test('a kernel without that cache prints the header alone', () => {
  assert.deepEqual(samplesOf(rtCache, lines(header)), ['route_cache_entries{family="inet"} 0']);
});

test('the last columns of the first kernels were others', () => {
  const old =
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT\tHH\tARP';
  assert.deepEqual(
    samplesOf(rtCache, lines(old, 'eth0\t3202010A\t3202010A\t0005\t1\t42\t0\t0302010A\t1500\t0\t0\t1\t1')),
    ['route_cache_entries{family="inet"} 1'],
  );
});

test('the fifth and sixth of the numbers of IPv6 are read, in hexadecimal', () => {
  assert.deepEqual(samplesOf(rt6Stats, lines('0079 003f 0073 0087 000a 1000b 0008')), [
    'route_cache_entries{family="inet6"} 10',
    'route_destinations{family="inet6"} 65547',
  ]);
});

test('a second line is not what we know how to read', () => {
  const { report, samples } = read(rt6Stats, lines('1 2 3 4 5 6 7', '1 2 3 4 5 6 7'));
  assert.equal(report, 'failed parse: net/rt6_stats:2: field 1: expected one line, found "1"');
  assert.deepEqual(samples, []);
});
