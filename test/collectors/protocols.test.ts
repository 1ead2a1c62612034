// Protects: every protocol's sockets, memory and pressure are told where the kernel counts them, under the kernel's own name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protocols } from '../../src/collectors/protocols.ts';
import { familyIn, lines, read, samplesOf } from './reading.ts';

const header =
  'protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re bi br ha uh gp em';
const row = (name: string, sockets: number | string, memory: number | string, pressure: string): string =>
  `${name.padEnd(9)} 2280 ${String(sockets).padStart(6)}  ${String(memory).padStart(6)}   ${pressure.padEnd(3)}    320   yes  kernel      y  y  y  y  y  y  y  y  y  y  y  y  n  y  y  y  y  y`;

test('memory comes in pages, and a protocol without an account has neither memory nor pressure', () => {
  const text = lines(
    header,
    row('TCPv6', 5, 96, 'no'),
    row('TCP', 16, 96, 'yes'),
    row('UDP', 4, 0, 'NI'),
    row('AF_VSOCK', 3, -1, 'NI'),
  );
  assert.deepEqual(samplesOf(protocols, text), [
    'protocol_memory_bytes{protocol="TCP"} 393216',
    'protocol_memory_bytes{protocol="TCPv6"} 393216',
    'protocol_memory_bytes{protocol="UDP"} 0',
    'protocol_memory_pressure{protocol="TCP"} 1',
    'protocol_memory_pressure{protocol="TCPv6"} 0',
    'protocol_sockets{protocol="AF_VSOCK"} 3',
    'protocol_sockets{protocol="TCP"} 16',
    'protocol_sockets{protocol="TCPv6"} 5',
    'protocol_sockets{protocol="UDP"} 4',
  ]);
});

test('a name that is wider than its column still ends at a blank', () => {
  const text = lines(
    header,
    row('UNIX-STREAM', 7, -1, 'NI'),
    row('IEEE-802.15.4-MAC', 1, -1, 'NI'),
    row('L2TP/IPv6', 2, -1, 'NI'),
  );
  assert.deepEqual(samplesOf(protocols, text), [
    'protocol_sockets{protocol="IEEE-802.15.4-MAC"} 1',
    'protocol_sockets{protocol="L2TP/IPv6"} 2',
    'protocol_sockets{protocol="UNIX-STREAM"} 7',
  ]);
});

test('the first kernels count the sockets of few protocols', () => {
  const text = lines(
    'protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re sp bi br ha uh gp em',
    row('UNIX', -1, -1, 'NI'),
    row('TCP', 4, 1, 'no'),
  );
  assert.deepEqual(familyIn(samplesOf(protocols, text), 'protocol_sockets'), ['{protocol="TCP"} 4']);
});

test('columns are found by their names', () => {
  const text = lines('protocol  press memory  sockets size', 'TCP       no    2       3       2280');
  assert.deepEqual(samplesOf(protocols, text), [
    'protocol_memory_bytes{protocol="TCP"} 8192',
    'protocol_memory_pressure{protocol="TCP"} 0',
    'protocol_sockets{protocol="TCP"} 3',
  ]);
  assert.equal(
    read(protocols, lines('protocol  size sockets  press')).report,
    'failed parse: net/protocols:1: no column "memory" in the header',
  );
});

test('protocols beyond the limit are added up where a sum makes sense, and left out where accounts are shared', () => {
  const many = Array.from({ length: 70 }, (_, i) => row(`P${i}`, 1, 1, 'no'));
  const samples = samplesOf(protocols, lines(header, ...many));
  assert.ok(samples.includes('protocol_sockets{protocol="other"} 6'));
  assert.equal(familyIn(samples, 'protocol_sockets').length, 65);
  assert.equal(familyIn(samples, 'protocol_memory_bytes').length, 64);
  assert.equal(familyIn(samples, 'protocol_memory_pressure').length, 64);
});

test('a row that cannot be read is not counted', () => {
  const { report, counted } = read(
    protocols,
    lines(
      header,
      row('TCP', 'x', 1, 'no'),
      row('UDP', 4, 0, 'maybe'),
      'RAW       1000      0',
      row('PING', 1, -1, 'NI'),
    ),
  );
  assert.equal(
    report,
    'ok, 3 skipped: net/protocols:2: field 3: expected a decimal number, found "x"; ' +
      'net/protocols:3: field 5: expected "yes", "no" or "NI", found "maybe"; ' +
      'net/protocols:4: field 4: missing, the line has 3',
  );
  assert.deepEqual(counted, ['protocol_sockets{protocol="PING"} 1']);
});
