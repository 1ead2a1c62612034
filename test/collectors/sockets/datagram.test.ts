// Protects: udp, udplite, raw and icmp sockets with their memory, and drops that survive the sockets which had them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  icmp,
  icmp6,
  raw,
  raw6,
  udp,
  udp6,
  udplite,
  udplite6,
} from '../../../src/collectors/sockets/inet.ts';
import { countedIn, familyIn, lines, read, repeatedly, samplesOf, unkeyed } from '../reading.ts';

const header =
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            ';
const header6 =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops';
const headerWithoutDrops =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                               ';

/** A row as udp4_format_sock() prints it. */
const row = (inode: number, drops: number, state = '07', queues = '00000000:00000000'): string =>
  `12852: 0100007F:03E7 00000000:0000 ${state} ${queues} 00:00000000 00000000     0        0 ${inode} 2 00000000d96f3e7b ${drops}`;

const dropsIn = (samples: readonly string[]): readonly string[] => familyIn(samples, 'socket_drops_total');

test('the kernel borrows two of the states of TCP, and every series of a table exists', () => {
  const text = lines(
    header,
    row(1, 0, '01'),
    row(2, 0, '07', '00000010:00000340'),
    row(3, 3, '07', '00000001:00000340'),
  );
  assert.deepEqual(unkeyed(samplesOf(udp, text)), [
    'socket_drops_total{family="inet",protocol="udp"} 3',
    'socket_receive_memory_bytes{family="inet",protocol="udp"} 1664',
    'socket_send_memory_bytes{family="inet",protocol="udp"} 17',
    'sockets{family="inet",protocol="udp",state="ESTABLISHED"} 1',
    'sockets{family="inet",protocol="udp",state="UNCONNECTED"} 2',
  ]);
});

test('a table without sockets exposes zeros, the drops among them', () => {
  assert.deepEqual(unkeyed(samplesOf(udplite, lines(header))), [
    'socket_drops_total{family="inet",protocol="udplite"} 0',
    'socket_receive_memory_bytes{family="inet",protocol="udplite"} 0',
    'socket_send_memory_bytes{family="inet",protocol="udplite"} 0',
    'sockets{family="inet",protocol="udplite",state="ESTABLISHED"} 0',
    'sockets{family="inet",protocol="udplite",state="UNCONNECTED"} 0',
  ]);
});

test('each file has its own protocol and address family', () => {
  const names = [udp, udp6, udplite, udplite6, raw, raw6, icmp, icmp6].map(collector => {
    const text = lines(collector.name.endsWith('6') ? header6 : header, row(1, 0));
    return `${collector.file} ${familyIn(countedIn(collector, text), 'sockets').join()}`;
  });
  assert.deepEqual(names, [
    'net/udp {family="inet",protocol="udp",state="UNCONNECTED"} 1',
    'net/udp6 {family="inet6",protocol="udp",state="UNCONNECTED"} 1',
    'net/udplite {family="inet",protocol="udplite",state="UNCONNECTED"} 1',
    'net/udplite6 {family="inet6",protocol="udplite",state="UNCONNECTED"} 1',
    'net/raw {family="inet",protocol="raw",state="UNCONNECTED"} 1',
    'net/raw6 {family="inet6",protocol="raw",state="UNCONNECTED"} 1',
    'net/icmp {family="inet",protocol="icmp",state="UNCONNECTED"} 1',
    'net/icmp6 {family="inet6",protocol="icmp",state="UNCONNECTED"} 1',
  ]);
});

test('the first column is a hash bucket: rows that share it are different sockets', () => {
  assert.deepEqual(familyIn(countedIn(udp, lines(header, row(5, 0), row(6, 0))), 'sockets'), [
    '{family="inet",protocol="udp",state="UNCONNECTED"} 2',
  ]);
});

test('drops are decimal and the last column', () => {
  const text = lines(
    header,
    '12852: 0100007F:03E7 00000000:0000 07 00000000:00001040 00:00000000 00000000     0        0 287362 2 00000000d96f3e7b 45',
    '12853: 0100007F:03E8 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 287363 2 00000000d96f3e7c 4294967295 77',
  );
  assert.deepEqual(dropsIn(samplesOf(udp, text)), ['{family="inet",protocol="udp"} 4294967340']);
});

test('an old kernel without the column of drops has no series of drops, and all others', () => {
  const text = lines(
    headerWithoutDrops,
    '   2: 00000000:0202 00000000:0000 07 00000000:000000FC 00:00000000 00000000     0        0 4600 2 f7d3c040                     ',
  );
  assert.deepEqual(unkeyed(samplesOf(udp, text)), [
    'socket_receive_memory_bytes{family="inet",protocol="udp"} 252',
    'socket_send_memory_bytes{family="inet",protocol="udp"} 0',
    'sockets{family="inet",protocol="udp",state="ESTABLISHED"} 0',
    'sockets{family="inet",protocol="udp",state="UNCONNECTED"} 1',
  ]);
});

test('drops of a socket that closed stay in the total', () => {
  const next = repeatedly(udp);
  assert.deepEqual(dropsIn(next(lines(header, row(7, 10), row(8, 1))).samples), [
    '{family="inet",protocol="udp"} 11',
  ]);
  assert.deepEqual(dropsIn(next(lines(header, row(8, 4))).samples), ['{family="inet",protocol="udp"} 14']);
  assert.deepEqual(dropsIn(next(lines(header)).samples), ['{family="inet",protocol="udp"} 14']);
});

test('reading the same rows again counts no drop twice', () => {
  const next = repeatedly(udp);
  const text = lines(header, row(7, 10), row(8, 1));
  next(text);
  next(text);
  assert.deepEqual(dropsIn(next(text).samples), ['{family="inet",protocol="udp"} 11']);
});

test('a socket listed twice in one reading counts once', () => {
  assert.deepEqual(dropsIn(samplesOf(udp, lines(header, row(7, 10), row(7, 10)))), [
    '{family="inet",protocol="udp"} 10',
  ]);
});

test('an inode with fewer drops than before belongs to a new socket', () => {
  const next = repeatedly(udp);
  next(lines(header, row(7, 10)));
  assert.deepEqual(dropsIn(next(lines(header, row(7, 3))).samples), ['{family="inet",protocol="udp"} 13']);
  assert.deepEqual(dropsIn(next(lines(header, row(7, 5))).samples), ['{family="inet",protocol="udp"} 15']);
});

test('an inode that was gone for a reading belongs to a new socket, whatever its drops', () => {
  const next = repeatedly(udp);
  next(lines(header, row(7, 10)));
  next(lines(header));
  assert.deepEqual(dropsIn(next(lines(header, row(7, 12))).samples), ['{family="inet",protocol="udp"} 22']);
});

test('sockets without an inode are followed by their sum, which never takes the total back', () => {
  const next = repeatedly(udp);
  assert.deepEqual(dropsIn(next(lines(header, row(0, 2), row(0, 3))).samples), [
    '{family="inet",protocol="udp"} 5',
  ]);
  assert.deepEqual(dropsIn(next(lines(header, row(0, 3))).samples), ['{family="inet",protocol="udp"} 5']);
  assert.deepEqual(dropsIn(next(lines(header, row(0, 3), row(0, 4))).samples), [
    '{family="inet",protocol="udp"} 9',
  ]);
});

test('a reading that failed forgets no socket and counts no drop', () => {
  const next = repeatedly(udp);
  next(lines(header, row(7, 10)));
  assert.equal(next('').report, 'failed parse: net/udp: no header');
  assert.deepEqual(dropsIn(next(lines(header, row(7, 11))).samples), ['{family="inet",protocol="udp"} 11']);
});

test('a row with an unknown state or without drops is skipped, and none of its numbers count', () => {
  const text = lines(
    header,
    row(5, 1),
    row(6, 2, '0A', '00000001:00000001'),
    '12852: 0100007F:03E7 00000000:0000 07 00000001:00000001 00:00000000 00000000     0        0 7 2 00000000d96f3e7b',
  );
  const { report, counted } = read(udp, text);
  assert.equal(
    report,
    'ok, 2 skipped: net/udp:3: field 4: unknown state, found "0A"; net/udp:4: field 13: missing, the line has 12',
  );
  assert.deepEqual(unkeyed(counted), [
    'socket_drops_total{family="inet",protocol="udp"} 1',
    'sockets{family="inet",protocol="udp",state="UNCONNECTED"} 1',
  ]);
});
