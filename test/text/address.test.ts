// Protects: addresses read as people write them, on machines of either byte order, and nothing else passes for one.
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ipv4, ipv6, isIpv4 } from '../../src/text/address.ts';

const RUNS = { numRuns: 2000, seed: 20_240_917 };

test('an IPv4 address is the bytes of the word, last one first on a little-endian machine', () => {
  assert.equal(ipv4(0x0100007f, 'little'), '127.0.0.1');
  assert.equal(ipv4(0x7f000001, 'big'), '127.0.0.1');
  assert.equal(ipv4(0x0302010a, 'little'), '10.1.2.3');
  assert.equal(ipv4(0x010000e0, 'little'), '224.0.0.1');
  assert.equal(ipv4(0xe0000001, 'big'), '224.0.0.1');
  for (const order of ['little', 'big'] as const) {
    assert.equal(ipv4(0, order), '0.0.0.0');
    assert.equal(ipv4(0xffffffff, order), '255.255.255.255');
  }
});

test('any four bytes come out as they are in memory', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), bytes => {
      const word = Buffer.from(bytes);
      assert.equal(ipv4(word.readUInt32LE(), 'little'), bytes.join('.'));
      assert.equal(ipv4(word.readUInt32BE(), 'big'), bytes.join('.'));
    }),
    RUNS,
  );
});

test('an IPv4 address is four decimal bytes without zeros before them', () => {
  for (const good of ['0.0.0.0', '10.1.2.3', '255.255.255.255', '249.250.199.200', '1.10.100.99']) {
    assert.ok(isIpv4(good), good);
  }
  for (const bad of [
    ...['', '.', '1', '1.2.3', '1.2.3.', '.1.2.3', '1.2.3.4.', '1.2.3.4.5', '1..2.3', ' 1.2.3.4', '1.2.3.4 '],
    ...['256.1.1.1', '1.1.1.256', '1.1.1.300', '01.2.3.4', '1.2.3.04', '1.2.3.0x4', '1.2.3.-4', '1.2.3.4\n'],
    ...['::1', '::ffff:1.2.3.4', 'IP', '1,2,3,4', '１.2.3.4'],
  ]) {
    assert.ok(!isIpv4(bad), bad);
  }
});

test('what the standard library takes for an IPv4 address is one, and nothing else', () => {
  const digits = fc.constantFrom('0', '1', '9', '25', '255', '256', '00', '.', '..', 'a', '');
  const near = fc.array(digits, { maxLength: 9 }).map(parts => parts.join(''));
  const good = fc.ipV4();
  fc.assert(
    fc.property(fc.oneof(near, good), text => {
      assert.equal(isIpv4(text), isIP(text) === 4, text);
    }),
    RUNS,
  );
});

const hex = (address: string): string => address.replaceAll(':', '');

test('an IPv6 address is in lower case, and its groups have no zeros before them', () => {
  assert.equal(ipv6(hex('2001:0DB8:AAAA:BBBB:CCCC:DDDD:EEEE:0001')), '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1');
  assert.equal(ipv6(hex('2001:0db8:0a00:00b0:000c:0001:1000:0100')), '2001:db8:a00:b0:c:1:1000:100');
});

test('the longest run of zero groups is left out, the first of several, and a single one never', () => {
  const examples = {
    '0000:0000:0000:0000:0000:0000:0000:0000': '::',
    '0000:0000:0000:0000:0000:0000:0000:0001': '::1',
    'ff02:0000:0000:0000:0000:0000:0000:0001': 'ff02::1',
    'fe80:0000:0000:0000:0000:0000:0000:0000': 'fe80::',
    '0000:0000:0003:0004:0005:0006:0007:0008': '::3:4:5:6:7:8',
    '0001:0002:0003:0004:0005:0006:0000:0000': '1:2:3:4:5:6::',
    '2001:0db8:0000:0001:0001:0001:0001:0001': '2001:db8:0:1:1:1:1:1',
    '0000:0db8:0001:0001:0001:0001:0001:0000': '0:db8:1:1:1:1:1:0',
    '2001:0000:0000:0001:0000:0000:0000:0001': '2001:0:0:1::1',
    '2001:0db8:0000:0000:0001:0000:0000:0001': '2001:db8::1:0:0:1',
    '2001:0000:0000:0000:0001:0000:0000:0001': '2001::1:0:0:1',
    'ff05:0000:0000:0000:0000:0000:0001:0003': 'ff05::1:3',
    '0000:0001:0000:0000:0000:0000:0000:0000': '0:1::',
  };
  for (const [long, short] of Object.entries(examples)) assert.equal(ipv6(hex(long)), short);
});

test('a mapped IPv4 address keeps its dots, and what only resembles one does not', () => {
  assert.equal(ipv6(hex('0000:0000:0000:0000:0000:ffff:0a01:0203')), '::ffff:10.1.2.3');
  assert.equal(ipv6(hex('0000:0000:0000:0000:0000:FFFF:0000:0000')), '::ffff:0.0.0.0');
  assert.equal(ipv6(hex('0000:0000:0000:0000:0000:0000:0a01:0203')), '::a01:203');
  assert.equal(ipv6(hex('0000:0000:0000:0000:ffff:0000:0a01:0203')), '::ffff:0:a01:203');
  assert.equal(ipv6(hex('0064:ff9b:0000:0000:0000:0000:0a01:0203')), '64:ff9b::a01:203');
});

test('32 hexadecimal digits and nothing else are an IPv6 address', () => {
  const good = hex('ff02:0000:0000:0000:0000:0000:0000:0001');
  for (const bad of ['', '::1', good.slice(1), `${good}0`, good.replace('f', 'g'), `${good}\n`, ` ${good}`]) {
    assert.equal(ipv6(bad), undefined, bad);
  }
});

test('any IPv6 address reads as the URL standard writes it', () => {
  const group = fc.oneof(fc.constant(0), fc.constant(0), fc.nat({ max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), groups => {
      const digits = groups.map(each => each.toString(16).padStart(4, '0'));
      // The URL standard writes mapped addresses without dots.
      if (digits.slice(0, 6).join('') === '00000000000000000000ffff') return;
      const { hostname } = new URL(`http://[${digits.join(':')}]/`);
      assert.equal(ipv6(digits.join('')), hostname.slice(1, -1));
    }),
    RUNS,
  );
});
