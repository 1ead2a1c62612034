// Protects: IPv4 multicast memberships belong to the device printed above them, in both layouts of the file.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { igmp, igmpGroups } from '../../src/collectors/igmp.ts';
import { memory } from '../../src/procfs/source.ts';
import { everything, familyIn, lines, littleEndian, read, readSource, samplesOf } from './reading.ts';

const header = 'Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter';
const group = (users: number): string => `\t\t\t\t010000E0     ${users} 0:00000000\t\t0`;

test('groups and users are counted by device, and the version is that of the querier', () => {
  const text = lines(
    header,
    '1\tlo        :     1      V3',
    group(1),
    '3\teth0      :     2      V2',
    '\t\t\t\t030201EF     4 1:000001F4\t\t1',
    group(1),
    '4\teth1      :     1      V1',
    group(1),
  );
  assert.deepEqual(samplesOf(igmp, text), [
    'igmp_version{device="eth0"} 2',
    'igmp_version{device="eth1"} 1',
    'igmp_version{device="lo"} 3',
    'multicast_group_users{family="inet",device="eth0"} 5',
    'multicast_group_users{family="inet",device="eth1"} 1',
    'multicast_group_users{family="inet",device="lo"} 1',
    'multicast_groups{family="inet",device="eth0"} 2',
    'multicast_groups{family="inet",device="eth1"} 1',
    'multicast_groups{family="inet",device="lo"} 1',
  ]);
});

test('a name of ten characters runs into its colon, and may hold one itself', () => {
  const text = lines(
    header,
    '5\taveryveryl0ng1:     1      V3',
    group(1),
    '6\teth0:1    :     1      V3',
    group(1),
  );
  assert.deepEqual(
    samplesOf(igmp, text).filter(sample => sample.startsWith('multicast_groups')),
    [
      'multicast_groups{family="inet",device="averyveryl0ng1"} 1',
      'multicast_groups{family="inet",device="eth0:1"} 1',
    ],
  );
});

test('a device without a querier speaks no version that we could tell', () => {
  assert.deepEqual(samplesOf(igmp, lines(header, '2\teth0      :     0    NONE')), [
    'multicast_group_users{family="inet",device="eth0"} 0',
    'multicast_groups{family="inet",device="eth0"} 0',
  ]);
});

test('the first kernels print neither index nor querier', () => {
  const text = lines(
    'Device    : Count\tGroup    Users Timer\tReporter',
    'eth0      :     2',
    '\t\t\t010000E0     1 0:00000000\t0',
    '\t\t\t030201EF     2 0:00000000\t0',
  );
  assert.deepEqual(samplesOf(igmp, text), [
    'multicast_group_users{family="inet",device="eth0"} 3',
    'multicast_groups{family="inet",device="eth0"} 2',
  ]);
});

test('a querier without an index before it is read as well', () => {
  const text = lines(
    'Device    : Count Querier\tGroup    Users Timer\tReporter',
    'eth0      :     1      V2',
    '\t\t\t010000E0     1 0:00000000\t0',
  );
  assert.deepEqual(samplesOf(igmp, text), [
    'igmp_version{device="eth0"} 2',
    'multicast_group_users{family="inet",device="eth0"} 1',
    'multicast_groups{family="inet",device="eth0"} 1',
  ]);
});

test('groups below a line that could not be read belong to nobody, not to the device before', () => {
  const text = lines(
    header,
    '1\tlo        :     1      V3',
    group(1),
    'x\teth0      :     1      V3',
    group(7),
  );
  const { report, counted } = read(igmp, text);
  assert.equal(
    report,
    'ok, 2 skipped: net/igmp:4: field 1: expected a decimal number, found "x"; ' +
      'net/igmp:5: field 1: a group without a device above it, found "010000E0"',
  );
  assert.deepEqual(counted, [
    'igmp_version{device="lo"} 3',
    'multicast_group_users{family="inet",device="lo"} 1',
    'multicast_groups{family="inet",device="lo"} 1',
  ]);
});

test('a group before any device and a group with a bad address are skipped', () => {
  const text = lines(
    header,
    group(1),
    '1\tlo        :     1      V3',
    '\t\t\t\t10000E0     1 0:00000000\t\t0',
    group(2),
  );
  const { report, counted } = read(igmp, text);
  assert.equal(
    report,
    'ok, 2 skipped: net/igmp:2: field 1: a group without a device above it, found "010000E0"; ' +
      'net/igmp:4: field 1: expected an address, found "10000E0"',
  );
  assert.deepEqual(counted.slice(1), [
    'multicast_group_users{family="inet",device="lo"} 2',
    'multicast_groups{family="inet",device="lo"} 1',
  ]);
});

describe('igmp_groups', () => {
  const table = lines(
    header,
    '1\tlo        :     1      V3',
    group(1),
    '3\teth0      :     2      V2',
    '\t\t\t\t030201EF     4 1:000001F4\t\t1',
    group(1),
  );

  test('a group is named as the machine that printed it means it', () => {
    assert.deepEqual(samplesOf(igmpGroups, table), [
      'multicast_group_info{family="inet",device="eth0",group="224.0.0.1"} 1',
      'multicast_group_info{family="inet",device="eth0",group="239.1.2.3"} 1',
      'multicast_group_info{family="inet",device="lo",group="224.0.0.1"} 1',
    ]);
    const big = memory(
      { 'net/igmp': table.replace('030201EF', 'EF010203') },
      { ...littleEndian, byteOrder: 'big' },
    );
    assert.deepEqual(familyIn(readSource(igmpGroups, big).samples, 'multicast_group_info').slice(0, 2), [
      '{family="inet",device="eth0",group="1.0.0.224"} 1',
      '{family="inet",device="eth0",group="239.1.2.3"} 1',
    ]);
  });

  test('one that is listed twice, since the table changed while it was read, is one', () => {
    assert.deepEqual(
      samplesOf(igmpGroups, lines(header, '1\tlo        :     1      V3', group(1), group(1))),
      ['multicast_group_info{family="inet",device="lo",group="224.0.0.1"} 1'],
    );
  });

  test('each membership counts towards the limit of groups, and those beyond it are left out', () => {
    const { samples } = read(igmpGroups, table, { ...everything, limits: { group: 2 } });
    assert.deepEqual(familyIn(samples, 'multicast_group_info'), [
      '{family="inet",device="eth0",group="239.1.2.3"} 1',
      '{family="inet",device="lo",group="224.0.0.1"} 1',
    ]);
  });

  test('more memberships than are listed fail the collector, and igmp still counts them', () => {
    const memberships = Array.from(
      { length: 65_537 },
      (_, i) => `\t\t\t\t${i.toString(16).padStart(6, '0')}EF     1 0:00000000\t\t0`,
    );
    const many = lines(header, '1\tlo        :     1      V3', ...memberships);
    assert.equal(read(igmpGroups, many).report, 'failed limit: net/igmp:65539: more than 65536 groups');
    assert.ok(samplesOf(igmp, many).includes('multicast_groups{family="inet",device="lo"} 65537'));
  });
});
