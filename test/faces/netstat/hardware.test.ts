// Protects: kinds of links and their addresses as ifconfig writes them, with every octet that the kernel tells and none that it does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hardwareOf, octetsOf } from '../../../src/faces/netstat/hardware.ts';

const written = (type: number, address: string): string => {
  const { name, title, address: write } = hardwareOf(type);
  return `${name} ${write?.(octetsOf(address) ?? assert.fail(address)) ?? 'nothing'} (${title})`;
};

test('an address is written in the way of its kind', () => {
  assert.deepEqual(
    [
      written(1, '02:fc:00:00:00:01'),
      written(7, '0a'),
      written(27, '00:11:22:33:44:55:66:ff'),
      written(270, '20:80:19:22:03'),
      written(774, '00:60:e8:11:22:ff'),
      written(780, '00:60:e8:11:22:ff'),
    ],
    [
      'ether 02:fc:00:00:00:01 (Ethernet)',
      'arcnet 0A (ARCnet)',
      'eui64 00:11:22:33:44:55:66:FF (Generic EUI-64)',
      'rose 2080192203 (AMPR ROSE)',
      'fddi 00-60-E8-11-22-FF (Fiber Distributed Data Interface)',
      'hippi 00:60:E8:11:22:FF (HIPPI)',
    ],
  );
});

test('a callsign ends at its first blank, and has the number of a station but for 0', () => {
  assert.equal(written(3, '9e:90:64:84:9c:a6:02'), 'ax25 OH2BNS-1 (AMPR AX.25)');
  assert.equal(written(0, '9c:60:86:82:40:40:00'), 'netrom N0CA (AMPR NET/ROM)');
  assert.equal(written(3, '9c:60:86:82:98:98:7e'), 'ax25 N0CALL-15 (AMPR AX.25)');
});

test('loopback, serial lines and tunnels show none', () => {
  assert.equal(written(772, '00:00:00:00:00:00'), 'loop nothing (Local Loopback)');
  assert.equal(written(512, ''), 'ppp nothing (Point-to-Point Protocol)');
  assert.equal(written(776, '0a:00:02:0f'), 'sit nothing (IPv6-in-IPv4)');
});

test('of an unknown kind are all octets that there are, and zeros where a socket address has room for more', () => {
  assert.equal(written(65534, ''), 'unspec 00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00 (UNSPEC)');
  assert.equal(
    written(778, '0a:00:02:ff'),
    'unspec 0A-00-02-FF-00-00-00-00-00-00-00-00-00-00-00-00 (UNSPEC)',
  );
  assert.equal(
    written(769, 'fe:c0:00:00:00:00:00:00:00:00:00:00:00:00:00:15'),
    'unspec FE-C0-00-00-00-00-00-00-00-00-00-00-00-00-00-15 (UNSPEC)',
  );
  const ofInfiniband = Array.from({ length: 20 }, (_, i) => i.toString(16).padStart(2, '0'));
  assert.equal(
    written(32, ofInfiniband.join(':')),
    `unspec ${ofInfiniband.join('-').toUpperCase()} (UNSPEC)`,
  );
});

test('what is no address has no octets', () => {
  for (const text of ['x', '1', ':', '02:', '02:0g', '02-03', '002:03', ' 02']) {
    assert.equal(octetsOf(text), undefined, text);
  }
  assert.deepEqual(octetsOf(''), []);
  assert.deepEqual(octetsOf('00:fF'), [0, 255]);
});
