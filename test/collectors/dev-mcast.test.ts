// Protects: multicast addresses of the link, of whatever length they are there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devMcast } from '../../src/collectors/dev-mcast.ts';
import { lines, read, samplesOf } from './reading.ts';

test('addresses and their users are counted by device, as those of the packet family', () => {
  const text = lines(
    '2    eth0            1     0     333300000001',
    '2    eth0            4     1     01005e000001',
    '30   tun-gre         2     0     cb007109',
    '31   ib0             1     0     00ffffffff12401bffff00000000000000000001',
  );
  assert.deepEqual(samplesOf(devMcast, text), [
    'multicast_group_users{family="packet",device="eth0"} 5',
    'multicast_group_users{family="packet",device="ib0"} 1',
    'multicast_group_users{family="packet",device="tun-gre"} 2',
    'multicast_groups{family="packet",device="eth0"} 2',
    'multicast_groups{family="packet",device="ib0"} 1',
    'multicast_groups{family="packet",device="tun-gre"} 1',
  ]);
});

test('an empty file is a host whose links listen to nothing', () => {
  assert.deepEqual(samplesOf(devMcast, ''), []);
});

test('a line without an address is skipped, and nothing of it is counted', () => {
  const { report, samples } = read(
    devMcast,
    lines('2    eth0            1     0', '2    eth0            1     0     0100x0'),
  );
  assert.equal(
    report,
    'ok, 2 skipped: net/dev_mcast:1: field 5: missing, the line has 4; ' +
      'net/dev_mcast:2: field 5: expected a hardware address, found "0100x0"',
  );
  assert.deepEqual(samples, []);
});
