// Protects: translated connections are shown as netstat -M shows masqueraded ones, on every kernel, and never as something else than they are.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Session } from '../../../src/collectors/rows.ts';
import { numbers, type Names } from '../../../src/faces/netstat/names.ts';
import { isTranslated, natHeadings, natLine } from '../../../src/faces/netstat/nat.ts';
import { hostNames, oracle } from '../../hosts.ts';
import { rowsOfHost } from '../../rows.ts';

const shownOf = (host: string, isExtended: boolean, names = numbers): readonly string[] =>
  rowsOfHost(host, 'conntrack', 'nat')
    .rows.filter(isTranslated)
    .map(session => natLine(session, { isExtended }, names));

describe('netstat -M', () => {
  for (const [name, isExtended] of [
    ['netstat-M', false],
    ['netstat-Me', true],
  ] as const) {
    const asked = hostNames.filter(host => oracle(host, name) !== undefined);

    test(`some host says what ${name} should be`, () => {
      assert.ok(asked.length > 0);
    });

    for (const host of asked) {
      test(`${host}: ${name}, byte for byte`, () => {
        const lines = [...natHeadings({ isExtended }), ...shownOf(host, isExtended)];
        assert.equal(lines.map(line => `${line}\n`).join(''), oracle(host, name));
      });
    }
  }
});

test('kernel-2.4: what is led to another server stands with that server and with the port that was asked for', () => {
  assert.deepEqual(shownOf('kernel-2.4', false), [
    'tcp 7199:57.00 192.168.7.10         203.0.113.50         1034 -> 80 (1034)',
    'tcp 7197:54.00 192.168.7.11         203.0.113.51         1180 -> 21 (1180)',
    'tcp 7199:59.00 198.51.100.9         192.168.7.2          40021 -> 8080 (80)',
    'tcp 7199:50.00 192.168.7.10         192.168.7.2          1077 -> 8080 (1077)',
    'tcp   1:59.00 192.168.7.12         203.0.113.99         1502 -> 25 (1502)',
    'udp   0:21.00 192.168.7.10         203.0.113.53         1026 -> 53 (61000)',
    'icmp  0:28.00 192.168.7.10         203.0.113.50         512 -> - (513)',
    'other 9:47.00 192.168.7.14         203.0.113.77         - -> - (-)',
  ]);
});

test('inet: connections over IPv6 are shown, and only those that are translated', () => {
  const lines = shownOf('inet', false);
  const sessions = rowsOfHost('inet', 'conntrack', 'nat').rows;
  assert.ok(sessions.length > lines.length);
  assert.equal(lines.length, sessions.filter(({ nat }) => nat !== '').length);
  assert.ok(lines.includes('tcp 7199:41.00 fd10:1::2            fd10:2::2            49964 -> 80 (8080)'));
  // The kernel tells no time of what it forwards past connection tracking.
  assert.ok(lines.includes('tcp         - 10.10.2.2            10.10.1.2            33834 -> 81 (8081)'));
});

const session: Session = {
  family: 'inet',
  protocol: 'tcp',
  state: 'ESTABLISHED',
  nat: 'source',
  expiresSeconds: 59.3,
  source: '192.168.7.11',
  sourcePort: 1180,
  destination: '203.0.113.51',
  destinationPort: 21,
  replySource: '203.0.113.51',
  replySourcePort: 21,
  replyDestination: '203.0.113.1',
  replyDestinationPort: 61001,
  flags: ['ASSURED'],
};
const line = (changes: Partial<Session>, names: Names = numbers, isExtended = false): string =>
  natLine({ ...session, ...changes }, { isExtended }, names);

test('what a kernel does not tell of sequence numbers is a dash', () => {
  const ends = '192.168.7.11         203.0.113.51         1180 -> 21 (61001)';
  assert.equal(line({}, numbers, true), `tcp   0:59.30          -     -     - ${ends}`);
  const sequence = { initial: 4294967295, delta: -7, previousDelta: undefined };
  assert.equal(line({ sequence }, numbers, true), `tcp   0:59.30 4294967295    -7     - ${ends}`);
});

test('times have minutes, seconds and hundredths, without an upper end, and may be over', () => {
  const expire = (expiresSeconds: number | undefined): string => line({ expiresSeconds }).slice(0, -61);
  assert.equal(expire(0), 'tcp   0:00.00');
  assert.equal(expire(59.999), 'tcp   1:00.00');
  assert.equal(expire(0.07), 'tcp   0:00.07');
  assert.equal(expire(8999.99), 'tcp 149:59.99');
  assert.equal(expire(2 ** 32), 'tcp 71582788:16.00');
  assert.equal(expire(-3), 'tcp  -0:03.00');
  assert.equal(expire(undefined), 'tcp         -');
});

test('a long protocol never runs into the time', () => {
  assert.ok(line({ protocol: 'udplite', expiresSeconds: 22 }).startsWith('udplite 0:22.00 192'));
  assert.ok(line({ protocol: 'icmp', expiresSeconds: 8999.99 }).startsWith('icmp 149:59.99 192'));
});

test('the port in brackets is the one of a hidden source, else the one that was asked for', () => {
  const ports = (changes: Partial<Session>): string | undefined => / (\S+ -> .*)$/.exec(line(changes))?.[1];
  const server = { replySource: '10.0.0.2', replySourcePort: 2121 };
  assert.equal(ports({ nat: 'source' }), '1180 -> 21 (61001)');
  assert.equal(ports({ ...server, nat: 'destination', replyDestinationPort: 1180 }), '1180 -> 2121 (21)');
  assert.equal(ports({ ...server, nat: 'both' }), '1180 -> 2121 (61001)');
});

test('names stand in place of addresses and ports, and a port 0 is a star', () => {
  const names: Names = {
    ...numbers,
    host: address => `host-${address}`,
    service: (port, protocol) => `${protocol}-${port}`,
  };
  assert.equal(
    line({}, names),
    'tcp   0:59.30 host-192.168.7.11    host-203.0.113.51    tcp-1180 -> tcp-21 (tcp-61001)',
  );
  assert.ok(line({ sourcePort: 0 }).endsWith(' * -> 21 (61001)'));
});

test('a name that would write on the terminal cannot', () => {
  const host = (): string => 'a\x1b[2J\n\u202eb';
  const text = line({}, { ...numbers, host });
  assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
  assert.ok(text.includes('a\\x1b[2J\\x0a\\u{202e}b'));
});
