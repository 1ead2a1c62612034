// Protects: IPv6 addresses are counted by the device at the end of the line, whose other columns are hexadecimal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ifInet6 } from '../../src/collectors/if-inet6.ts';
import { lines, read, samplesOf } from './reading.ts';

test('addresses are counted by device, also where the index has three digits', () => {
  const text = lines(
    '00000000000000000000000000000001 01 80 10 80       lo',
    '20010db8000000000000000000000005 1af 40 00 82     eth0',
    'fe8000000000000004a217fffed6ebeb 1af 40 20 c0     eth0',
    'fe8000000000000004a217fffed6ebec 04 40 20 c0 averyveryl0ng1',
  );
  assert.deepEqual(samplesOf(ifInet6, text), [
    'interface_addresses{family="inet6",device="averyveryl0ng1"} 1',
    'interface_addresses{family="inet6",device="eth0"} 2',
    'interface_addresses{family="inet6",device="lo"} 1',
  ]);
});

test('an empty file is a host without addresses', () => {
  assert.deepEqual(samplesOf(ifInet6, ''), []);
});

test('a line with another address, a bad number or no device is skipped', () => {
  const good = '00000000000000000000000000000001 01 80 10 80       lo';
  const { report, counted } = read(
    ifInet6,
    lines(good, good.slice(1), good.replace(' 80 10', ' 8g 10'), good.replace('       lo', '')),
  );
  assert.equal(
    report,
    'ok, 3 skipped: net/if_inet6:2: field 1: expected an address, found "0000000000000000000000000000001"; ' +
      'net/if_inet6:3: field 3: expected a hexadecimal number, found "8g"; ' +
      'net/if_inet6:4: field 6: missing, the line has 5',
  );
  assert.deepEqual(counted, ['interface_addresses{family="inet6",device="lo"} 1']);
});
