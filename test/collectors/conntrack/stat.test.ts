// Protects: events are read by name, summed over CPUs, and never fall but where each of them begins again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conntrackStat } from '../../../src/collectors/conntrack/stat.ts';
import { memory } from '../../../src/procfs/source.ts';
import { lines, littleEndian, onlyTier, read, readSource, repeatedly, samplesOf } from '../reading.ts';

test('events are read by name and summed over CPUs; the size of the table is no event', () => {
  const text = lines(
    'entries  clashres found new  drop',
    '00000031  00000001 0000000c 00000000  000000ff',
    '00000031  00000002 0000000f 00000000  00000001',
  );
  assert.deepEqual(samplesOf(conntrackStat, text), [
    'conntrack_clashres_total 3',
    'conntrack_drop_total 256',
    'conntrack_found_total 27',
    'conntrack_new_total 0',
  ]);
});

test('a CPU that begins again at 2^32 lets the sum go on', () => {
  const at = repeatedly(conntrackStat);
  const table = (first: string, second: string): string =>
    lines('entries found', `0 ${first}`, `0 ${second}`);
  assert.deepEqual(at(table('fffffffe', '00000001')).samples, ['conntrack_found_total 4294967295']);
  assert.deepEqual(at(table('ffffffff', '00000001')).samples, ['conntrack_found_total 0']);
  assert.deepEqual(at(table('00000000', '00000001')).samples, ['conntrack_found_total 1']);
  assert.deepEqual(at(table('00000005', '00000001')).samples, ['conntrack_found_total 6']);
});

test('an event that is new is exposed with everything, under a name that holds', () => {
  const text = lines('entries found later Odd 9th', '0 1 2 3 4');
  assert.deepEqual(samplesOf(conntrackStat, text, onlyTier('all')), [
    'conntrack_found_total 1',
    'conntrack_later_total 2',
  ]);
  assert.deepEqual(samplesOf(conntrackStat, text, onlyTier('default')), ['conntrack_found_total 1']);
});

test('without one CPU the sum would be wrong, so the file fails', () => {
  const text = lines('entries found drop', '0 1 2', '0 1', '0 1 2');
  assert.equal(
    read(conntrackStat, text).report,
    'failed parse: net/stat/nf_conntrack:3: 2 values for 3 columns',
  );
});

test('the older name of the file is asked where there is no newer one', () => {
  const older = { 'net/stat/ip_conntrack': lines('entries searched', '00000001 00000002') };
  const { samples } = readSource(conntrackStat, memory(older, littleEndian));
  assert.deepEqual(samples, ['conntrack_searched_total 2']);
  const both = { ...older, 'net/stat/nf_conntrack': lines('entries searched', '00000001 00000003') };
  assert.deepEqual(readSource(conntrackStat, memory(both, littleEndian)).samples, [
    'conntrack_searched_total 3',
  ]);
});
