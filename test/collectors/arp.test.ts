// Protects: IPv4 neighbours by device and state, however their hardware addresses look.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arp } from '../../src/collectors/arp.ts';
import { countedIn, familyIn, lines, read, samplesOf } from './reading.ts';

const header = 'IP address       HW type     Flags       HW address            Mask     Device';
const row = (flags: string, device = 'eth0', hardware = '02:fc:00:00:00:05', address = '192.0.2.1'): string =>
  `${address.padEnd(16)} 0x1         ${flags.padEnd(12)}${hardware.padEnd(17)}     *        ${device}`;

test('all states of a device are there as soon as it has a neighbour', () => {
  assert.deepEqual(samplesOf(arp, lines(header, row('0x2'))), [
    'neighbours{family="inet",device="eth0",state="COMPLETE"} 1',
    'neighbours{family="inet",device="eth0",state="INCOMPLETE"} 0',
    'neighbours{family="inet",device="eth0",state="PERMANENT"} 0',
    'neighbours{family="inet",device="eth0",state="PUBLISHED"} 0',
  ]);
});

test('a proxy is published before all else, and one that is static permanent before it is complete', () => {
  const states: Readonly<Record<string, string>> = {
    '0x0': 'INCOMPLETE',
    '0x2': 'COMPLETE',
    '0x4': 'PERMANENT',
    '0x6': 'PERMANENT',
    '0x8': 'PUBLISHED',
    '0xc': 'PUBLISHED',
    '0xe': 'PUBLISHED',
    // What no kernel uses any more: trailers, a netmask, not published.
    '0x10': 'INCOMPLETE',
    '0x22': 'COMPLETE',
    '0x46': 'PERMANENT',
  };
  for (const [flags, state] of Object.entries(states)) {
    assert.deepEqual(
      countedIn(arp, lines(header, row(flags))),
      [`neighbours{family="inet",device="eth0",state="${state}"} 1`],
      flags,
    );
  }
});

test('a hardware address may be a callsign, longer than any, or empty', () => {
  const text = lines(
    header,
    row('0x6', 'bpq0', 'TESTB-2').replace('0x1 ', '0x3 '),
    row('0x2', 'ax0', '*').replace('0x1 ', '0x3 '),
    row('0x2', 'ib0', '80:00:02:08:fe:80:00:00:00').replace('0x1 ', '0x20'),
    row('0x6', 'tun0', '').replace('0x1   ', '0xfffe'),
  );
  assert.deepEqual(countedIn(arp, text), [
    'neighbours{family="inet",device="ax0",state="COMPLETE"} 1',
    'neighbours{family="inet",device="bpq0",state="PERMANENT"} 1',
    'neighbours{family="inet",device="ib0",state="COMPLETE"} 1',
    'neighbours{family="inet",device="tun0",state="PERMANENT"} 1',
  ]);
});

test('a proxy for every device has none', () => {
  assert.deepEqual(countedIn(arp, lines(header, row('0xc', '*', '00:00:00:00:00:00'))), [
    'neighbours{family="inet",device="",state="PUBLISHED"} 1',
  ]);
});

test('a table without a row tells of no device', () => {
  assert.deepEqual(samplesOf(arp, lines(header)), []);
});

test('many neighbours add up, and devices stay apart', () => {
  const many = (count: number, device: string): readonly string[] =>
    Array.from({ length: count }, (_, i) => row('0x2', device, undefined, `10.0.${i >> 8}.${i & 255}`));
  const { counted } = read(arp, lines(header, ...many(300, 'eth0'), ...many(7, '"q\\t\'*$')));
  assert.deepEqual(familyIn(counted, 'neighbours'), [
    '{family="inet",device=""q\\t\'*$",state="COMPLETE"} 7',
    '{family="inet",device="eth0",state="COMPLETE"} 300',
  ]);
});

test('a row that does not begin with an IPv4 address, or lacks its device, is skipped', () => {
  const { report, counted } = read(
    arp,
    lines(header, row('0x2', 'eth0', undefined, 'fe80::1'), row('0x2', ''), row('0x2', '', ''), row('0x2')),
  );
  assert.equal(
    report,
    'ok, 3 skipped: net/arp:2: field 1: expected an IPv4 address, found "fe80::1"; ' +
      'net/arp:3: field 4: expected "*" and a device, found "02:fc:00:00:00:05"; ' +
      'net/arp:4: field 5: missing, the line has 4',
  );
  assert.deepEqual(counted, ['neighbours{family="inet",device="eth0",state="COMPLETE"} 1']);
});
