// Protects: netstat -g, line by line as it was printed on every captured host, whatever devices are called.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Group } from '../../../src/collectors/rows.ts';
import { groupHeadings, groupLine } from '../../../src/faces/netstat/groups.ts';
import { numbers } from '../../../src/faces/netstat/names.ts';
import { hostNames } from '../../hosts.ts';
import { rowsOfHost } from '../../rows.ts';
import { paddedLines } from './padded.ts';

const groupsOf = (host: string): readonly Group[] => [
  ...rowsOfHost(host, 'igmp', 'groups').rows,
  ...rowsOfHost(host, 'igmp6', 'groups').rows,
];

describe('netstat -gn', () => {
  const asked = hostNames.filter(host => paddedLines(host, 'netstat-gn') !== undefined);

  for (const host of asked) {
    test(`${host}: every line, in the order of netstat`, () => {
      assert.deepEqual(
        [...groupHeadings(), ...groupsOf(host).map(group => groupLine(group, numbers))],
        paddedLines(host, 'netstat-gn'),
      );
    });
  }

  test('some host was asked, one whose kernel prints no indexes among them', () => {
    assert.ok(asked.includes('inet') && asked.includes('kernel-2.6'));
  });

  test('a host of the other byte order, whose bytes are those of inet, is in the same groups', () => {
    assert.deepEqual(groupsOf('big-endian'), groupsOf('inet'));
    assert.ok(groupsOf('inet').length > 100);
  });
});

const group: Group = { family: 'inet', device: 'eth0', group: '224.0.0.1', users: 1 };

test('columns that are too narrow move what is behind them and cut nothing', () => {
  assert.equal(
    groupLine({ ...group, device: 'sixteen-long-xxx', users: 4_294_967_295 }, numbers),
    'sixteen-long-xxx 4294967295 224.0.0.1',
  );
});

test('a device is no trick on the terminal, and neither is the name of a group', () => {
  const names = { ...numbers, host: (address: string) => `\u001b[1m${address}\u202e` };
  assert.equal(
    groupLine({ ...group, device: '\u001b[31m\u0007' }, names),
    String.raw`\x1b[31m\x07    1      \x1b[1m224.0.0.1\u{202e}`,
  );
});

test('a group has the name that is known of it', () => {
  const names = { ...numbers, host: () => 'all-systems.mcast.net' };
  assert.equal(groupLine(group, names), 'eth0            1      all-systems.mcast.net');
});
