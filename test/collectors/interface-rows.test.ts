// Protects: rows of interfaces and multicast groups: every column, every address, and errors where a scrape has them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { machineOf, root } from '../hosts.ts';
import { inMemory, rowsFrom } from '../rows.ts';
import { lines, reportOf } from './reading.ts';

const files = {
  dev: 'net/dev',
  interfaces: 'class/net',
  if_inet6: 'net/if_inet6',
  igmp: 'net/igmp',
  igmp6: 'net/igmp6',
} as const;

const rowsIn = (name: 'dev' | 'interfaces' | 'if_inet6', text: string) => {
  const { outcome, rows } = rowsFrom(inMemory(files[name], text), name, 'interfaces');
  assert.ok(outcome?.status === 'ok');
  return { rows, skipped: outcome.skipped };
};

describe('a file that is broken', () => {
  for (const name of ['dev', 'interfaces', 'if_inet6', 'igmp', 'igmp6'] as const) {
    const folder = join(root, 'test', 'malformed', name);
    const table = name.startsWith('igmp') ? 'groups' : 'interfaces';
    for (const file of readdirSync(folder).filter(each => !each.endsWith('.error'))) {
      test(`${name} with ${file.replaceAll('-', ' ')}: rows end as a scrape does`, () => {
        const text = readFileSync(join(folder, file), 'latin1');
        const { outcome } = rowsFrom(inMemory(files[name], text), name, table);
        const [report] = readFileSync(join(folder, `${file}.error`), 'utf8').split('\n');
        assert.equal(outcome === undefined ? 'no rows' : reportOf(outcome), report);
      });
    }
  }
});

test('dev: one row an interface with all that the header names, by names that are bytes', () => {
  const { rows, skipped } = rowsIn(
    'dev',
    lines(
      'Inter-|   Receive                  |  Transmit',
      ' face |packets errs drop fifo frame|packets errs drop fifo colls carrier',
      '  eth0:1: 1 2 3 4 5 6 7 8 9 10 11',
      'x\xff:1 2 3 4 5 6 7 8 9 10',
      '\xc3\xbcn0:1 2 3 4 5 6 7 8 9 10 18446744073709551615',
    ),
  );
  assert.deepEqual(
    rows.map(({ device }) => device),
    ['eth0:1', 'ün0'],
  );
  assert.deepEqual(
    [...(rows[0]?.traffic ?? [])],
    [
      ...['packets', 'errs', 'drop', 'fifo', 'frame'].map((word, i) => [`receive ${word}`, i + 1]),
      ...['packets', 'errs', 'drop', 'fifo', 'colls', 'carrier'].map((word, i) => [
        `transmit ${word}`,
        i + 6,
      ]),
    ],
  );
  assert.equal(rows[1]?.traffic?.get('transmit carrier'), 2 ** 64);
  assert.deepEqual(skipped.examples, ['net/dev:4: 10 values for 11 columns']);
});

describe('interfaces', () => {
  const attributes = (device: string, values: Readonly<Record<string, string>>): string =>
    lines(...Object.entries(values).map(([name, value]) => `${device}\t${name}\t${value}`));

  test('one row an interface, with the flag RUNNING that sysfs lacks', () => {
    const text = attributes('eth0', {
      ...{ address: '02:00:00:00:00:01', duplex: 'full', flags: '0x1003', mtu: '1500', operstate: 'up' },
      ...{ speed: '1000', tx_queue_len: '1000', type: '1' },
    });
    assert.deepEqual(rowsIn('interfaces', text).rows, [
      {
        device: 'eth0',
        ...{ mtuBytes: 1500, flags: 'BMRU', flagBits: 0x1043, operstate: 'up', duplex: 'full' },
        ...{ speedBytesPerSecond: 125_000_000, hardwareAddress: '02:00:00:00:00:01' },
        ...{ hardwareType: 1, transmitQueueLength: 1000 },
      },
    ]);
  });

  test('no address and an address that nobody told are two things, and so are no flags', () => {
    const { rows } = rowsIn(
      'interfaces',
      attributes('tun0', { address: '', type: '65534' }) +
        attributes('eth0', { flags: '0x0', operstate: 'down', speed: '-1' }),
    );
    const [tun0, eth0] = rows;
    assert.equal(tun0?.hardwareAddress, '');
    assert.equal(tun0.hardwareType, 65534);
    assert.equal(tun0.flags, undefined);
    assert.equal(tun0.flagBits, undefined);
    assert.equal(eth0?.hardwareAddress, undefined);
    assert.equal(eth0?.flags, '');
    assert.equal(eth0.flagBits, 0);
    assert.equal(eth0.speedBytesPerSecond, undefined);
  });

  test('a value that is wrong is not told, and the others are', () => {
    const text = attributes('eth0', { mtu: '1500', tx_queue_len: 'long', type: '-1' });
    const { rows, skipped } = rowsIn('interfaces', text);
    assert.equal(rows[0]?.mtuBytes, 1500);
    assert.equal(rows[0].transmitQueueLength, undefined);
    assert.equal(rows[0].hardwareType, undefined);
    assert.equal(skipped.count, 2);
  });
});

describe('if_inet6', () => {
  test('every address with its prefix and its scope, in hexadecimal', () => {
    const { rows } = rowsIn(
      'if_inet6',
      lines(
        '00000000000000000000000000000001 01 80 10 80       lo',
        '20010db8000000000000000000000005 1af 40 00 82     eth0',
        'fe8000000000000004a217fffed6ebeb 1af 40 20 c0     eth0',
        'fec00000000000000000000000000001 02 40 40 80 averyveryl0ng1',
        '00000000000000000000000001020304 02 60 80 80     eth0',
        '20010db8000000000000000000000005 02 7f 60 80     x\xff',
      ),
    );
    assert.deepEqual(
      rows.map(({ device, addresses = [] }) => {
        assert.equal(addresses.length, 1);
        const [one] = addresses;
        return `${device} ${one?.family} ${one?.address}/${one?.prefixLength} ${one?.scope}`;
      }),
      [
        'lo inet6 ::1/128 host',
        'eth0 inet6 2001:db8::5/64 global',
        'eth0 inet6 fe80::4a2:17ff:fed6:ebeb/64 link',
        'averyveryl0ng1 inet6 fec0::1/64 site',
        'eth0 inet6 ::102:304/96 compat',
        String.raw`x\xff inet6 2001:db8::5/127 unknown`,
      ],
    );
  });

  test('thirty-two characters that are no digits are no address', () => {
    const { rows, skipped } = rowsIn('if_inet6', lines(`${'g'.repeat(32)} 01 80 10 80       lo`));
    assert.deepEqual(rows, []);
    assert.deepEqual(skipped.examples, [
      `net/if_inet6:1: field 1: expected an address, found "${'g'.repeat(32)}"`,
    ]);
  });
});

describe('groups', () => {
  const groupsIn = (name: 'igmp' | 'igmp6', text: string, host = 'inet') => {
    const { outcome, rows } = rowsFrom(inMemory(files[name], text, machineOf(host)), name, 'groups');
    assert.ok(outcome?.status === 'ok');
    return {
      groups: rows.map(({ family, device, group, users }) => `${family} ${device} ${group} ${users}`),
      examples: outcome.skipped.examples,
    };
  };

  test('igmp: those below a device are its own, in both layouts and byte orders', () => {
    const today = lines(
      'Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter',
      '1\tlo        :     1      V3',
      '\t\t\t\t010000E0     1 0:00000000\t\t0',
      '5\taveryveryl0ng1:     1      V3',
      '\t\t\t\t030201EF     4 1:000001F4\t\t1',
      '6\teth0      :     0    NONE',
    );
    assert.deepEqual(groupsIn('igmp', today).groups, [
      'inet lo 224.0.0.1 1',
      'inet averyveryl0ng1 239.1.2.3 4',
    ]);
    assert.deepEqual(groupsIn('igmp', today, 'big-endian').groups, [
      'inet lo 1.0.0.224 1',
      'inet averyveryl0ng1 3.2.1.239 4',
    ]);
    const first = lines(
      'Device    : Count\tGroup    Users Timer\tReporter',
      'eth0:1    :     1',
      '\t\t\t010000E0     1 0:00000000\t0',
    );
    assert.deepEqual(groupsIn('igmp', first).groups, ['inet eth0:1 224.0.0.1 1']);
  });

  test('igmp: groups below a device that could not be read belong to nobody', () => {
    const { groups, examples } = groupsIn(
      'igmp',
      lines(
        'Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter',
        '1\tlo        :     1      V3',
        '\t\t\t\t010000E0     1 0:00000000\t\t0',
        'x\teth0      :     1      V3',
        '\t\t\t\t030201EF     1 0:00000000\t\t0',
      ),
    );
    assert.deepEqual(groups, ['inet lo 224.0.0.1 1']);
    assert.deepEqual(examples, [
      'net/igmp:4: field 1: expected a decimal number, found "x"',
      'net/igmp:5: field 1: a group without a device above it, found "030201EF"',
    ]);
  });

  test('igmp6: one a line, in network order whatever the machine', () => {
    const text = lines(
      '1    lo              ff020000000000000000000000000001     1 0000000C 0',
      '3    \x1b[1m\xff            ff150000000000000000000000000077     4294967295 00000004 0',
      '3    eth0            ffxx0000000000000000000000000077     1 00000004 0',
    );
    for (const host of ['inet', 'big-endian']) {
      const { groups, examples } = groupsIn('igmp6', text, host);
      assert.deepEqual(groups, ['inet6 lo ff02::1 1', 'inet6 \x1b[1m\\xff ff15::77 4294967295']);
      assert.deepEqual(examples, [
        'net/igmp6:3: field 3: expected an address, found "ffxx0000000000000000000000000077"',
      ]);
    }
  });
});
