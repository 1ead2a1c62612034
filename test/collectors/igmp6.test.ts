// Protects: IPv6 multicast memberships, which have no header and no line for the device.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { igmp6, igmp6Groups } from '../../src/collectors/igmp6.ts';
import { memory } from '../../src/procfs/source.ts';
import { lines, littleEndian, read, readSource, samplesOf } from './reading.ts';

const row = '3    eth0            ff150000000000000000000000000077     1 00000004 0';

test('each line is a group, its users are decimal and added up by device', () => {
  const text = lines(
    '1    lo              ff020000000000000000000000000001     1 0000000C 0',
    row,
    '3    eth0            ff020000000000000000000000000001    12 0000000C 250',
  );
  assert.deepEqual(samplesOf(igmp6, text), [
    'multicast_group_users{family="inet6",device="eth0"} 13',
    'multicast_group_users{family="inet6",device="lo"} 1',
    'multicast_groups{family="inet6",device="eth0"} 2',
    'multicast_groups{family="inet6",device="lo"} 1',
  ]);
});

test('an empty file is a host without groups', () => {
  assert.deepEqual(samplesOf(igmp6, ''), []);
});

test('a line that is no group is skipped', () => {
  const { report, counted } = read(igmp6, lines(row, row.replace('ff15', 'ff1'), row.replace(' 1 ', ' 1x ')));
  assert.equal(
    report,
    'ok, 2 skipped: net/igmp6:2: field 3: expected an address, found "ff10000000000000000000000000077"; ' +
      'net/igmp6:3: field 4: expected a decimal number, found "1x"',
  );
  assert.deepEqual(counted, [
    'multicast_group_users{family="inet6",device="eth0"} 1',
    'multicast_groups{family="inet6",device="eth0"} 1',
  ]);
});

test('igmp6_groups names the groups in network order, whatever the machine', () => {
  const text = lines(row, '1    lo              ff020000000000000000000000000001     1 0000000C 0');
  assert.deepEqual(samplesOf(igmp6Groups, text), [
    'multicast_group_info{family="inet6",device="eth0",group="ff15::77"} 1',
    'multicast_group_info{family="inet6",device="lo",group="ff02::1"} 1',
  ]);
  const big = memory({ 'net/igmp6': text }, { ...littleEndian, byteOrder: 'big' });
  assert.deepEqual(readSource(igmp6Groups, big).samples, samplesOf(igmp6Groups, text));
});

test('igmp6_groups skips what is no address, and a row that igmp6 skips', () => {
  const { report, counted } = read(
    igmp6Groups,
    lines(row.replace('ff15', 'ffxx'), row.replace(' 1 ', ' 1x '), row),
  );
  assert.equal(
    report,
    'ok, 2 skipped: net/igmp6:1: field 3: expected an address, found "ffxx0000000000000000000000000077"; ' +
      'net/igmp6:2: field 4: expected a decimal number, found "1x"',
  );
  assert.deepEqual(counted, ['multicast_group_info{family="inet6",device="eth0",group="ff15::77"} 1']);
});
