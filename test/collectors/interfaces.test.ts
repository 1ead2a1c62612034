// Protects: what sysfs tells of an interface, and the flags as netstat -i prints them, without values nobody told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interfaces } from '../../src/collectors/interfaces.ts';
import { familyIn, lines, read, samplesOf } from './reading.ts';

/** The lines that a source makes of the files in /sys/class/net/DEVICE. */
const files = (device: string, values: Readonly<Record<string, string>>): string =>
  lines(...Object.entries(values).map(([name, value]) => `${device}\t${name}\t${value}`));

const flagsOf = (flags: string, operstate = 'down'): string => {
  const [info] = familyIn(samplesOf(interfaces, files('eth0', { flags, operstate })), 'interface_info');
  return /flags="([^"]*)"/.exec(info ?? '')?.[1] ?? 'none';
};

test('every file of an interface reaches its metric, the speed in bytes per second', () => {
  const text = files('eth0', {
    address: '02:00:00:00:00:01',
    carrier_changes: '7',
    duplex: 'full',
    flags: '0x1003',
    mtu: '1500',
    operstate: 'up',
    speed: '10000',
  });
  assert.deepEqual(samplesOf(interfaces, text), [
    'interface_carrier_changes_total{device="eth0"} 7',
    'interface_info{device="eth0",operstate="up",duplex="full",address="02:00:00:00:00:01",flags="BMRU"} 1',
    'interface_mtu_bytes{device="eth0"} 1500',
    'interface_promiscuous{device="eth0"} 0',
    'interface_running{device="eth0"} 1',
    'interface_speed_bytes_per_second{device="eth0"} 1250000000',
    'interface_up{device="eth0"} 1',
  ]);
});

test('what the kernel refuses to tell has no series, and an interface without hardware address none of it', () => {
  const text = lines('tun0\taddress\t', 'tun0\tflags\t0x1091', 'tun0\tmtu\t1500', 'tun0\toperstate\tunknown');
  assert.deepEqual(samplesOf(interfaces, text), [
    'interface_info{device="tun0",operstate="unknown",duplex="",address="",flags="MOPRU"} 1',
    'interface_mtu_bytes{device="tun0"} 1500',
    'interface_promiscuous{device="tun0"} 0',
    'interface_running{device="tun0"} 1',
    'interface_up{device="tun0"} 1',
  ]);
});

test('a speed of -1 is unknown and not minus one, a speed of 0 is 0', () => {
  const text = files('tap0', { speed: '-1' }) + files('eth0', { speed: '0' });
  assert.deepEqual(familyIn(samplesOf(interfaces, text), 'interface_speed_bytes_per_second'), [
    '{device="eth0"} 0',
  ]);
});

test('an interface is running when it is up and its state is up or unknown', () => {
  const running = (flags: string, operstate: string): readonly string[] =>
    familyIn(samplesOf(interfaces, files('eth0', { flags, operstate })), 'interface_running');
  assert.deepEqual(running('0x1003', 'up'), ['{device="eth0"} 1']);
  assert.deepEqual(running('0x9', 'unknown'), ['{device="eth0"} 1']);
  assert.deepEqual(running('0x1002', 'up'), ['{device="eth0"} 0']);
  for (const state of ['down', 'dormant', 'lowerlayerdown', 'notpresent', 'testing']) {
    assert.deepEqual(running('0x1003', state), ['{device="eth0"} 0'], state);
  }
});

test('an interface whose state nobody told is neither running nor not', () => {
  assert.deepEqual(samplesOf(interfaces, files('eth0', { flags: '0x1003' })), [
    'interface_info{device="eth0",operstate="",duplex="",address="",flags="BMU"} 1',
    'interface_promiscuous{device="eth0"} 0',
    'interface_up{device="eth0"} 1',
  ]);
});

test('each flag has the letter of netstat, in the order of netstat, whose P stands for two', () => {
  const letters: readonly (readonly [string, string])[] = [
    ['0x200', 'A'],
    ['0x2', 'B'],
    ['0x4', 'D'],
    ['0x8', 'L'],
    ['0x1000', 'M'],
    ['0x8000', 'd'],
    ['0x100', 'P'],
    ['0x20', 'N'],
    ['0x80', 'O'],
    ['0x10', 'P'],
    ['0x800', 's'],
    ['0x400', 'm'],
    ['0x40', 'R'],
    ['0x1', 'U'],
  ];
  for (const [flags, letter] of letters) assert.equal(flagsOf(flags), letter);
  assert.equal(
    flagsOf('0x9fbf'),
    letters
      .map(([, letter]) => letter)
      .join('')
      .replace('R', ''),
  );
  assert.equal(flagsOf('0x9fbf', 'up'), letters.map(([, letter]) => letter).join(''));
  assert.equal(flagsOf('0x1003', 'up'), 'BMRU');
  assert.equal(flagsOf('0x9', 'unknown'), 'LRU');
  assert.equal(flagsOf('0x0'), '');
  // PORTSEL, AUTOMEDIA, LOWER_UP, DORMANT and ECHO have none.
  assert.equal(flagsOf('0x76000'), '');
});

test('a file with something else in it costs that file only', () => {
  const text = lines(
    'eth0\tmtu\tlarge',
    'eth0\tflags\t1003',
    'eth0\toperstate\tup',
    'eth0\tcarrier_changes\t1',
  );
  const { report, samples } = read(interfaces, text);
  assert.equal(
    report,
    'ok, 2 skipped: class/net:1: field 3: expected a decimal number, found "large"; ' +
      'class/net:2: field 3: expected a hexadecimal number with 0x before it, found "1003"',
  );
  assert.deepEqual(samples, [
    'interface_carrier_changes_total{device="eth0"} 1',
    'interface_info{device="eth0",operstate="up",duplex="",address="",flags=""} 1',
  ]);
});
