// Protects: unix sockets are counted by type and state, whatever bytes their paths hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unix } from '../../../src/collectors/sockets/unix.ts';
import { countedIn, lines, read, samplesOf } from '../reading.ts';

const header = 'Num       RefCount Protocol Flags    Type St Inode Path';
const row = (flags: string, type: string, state: string, end = ' 240908'): string =>
  `0000000090c5f0f3: 00000002 00000000 ${flags} ${type} ${state}${end}`;
const plain = '00000000';
const table = (...rows: readonly string[]): string => lines(header, ...rows);

const sockets = (protocol: string, state: string, count: number): string =>
  `sockets{family="unix",protocol="${protocol}",state="${state}"} ${count}`;

test('a table without sockets exposes every type in every state', () => {
  const samples = samplesOf(unix, table());
  assert.equal(samples.length, 18);
  assert.ok(samples.every(sample => sample.endsWith(' 0')));
});

test('types and states have the names of netstat', () => {
  const states = ['00', '01', '02', '03', '04'];
  const text = table(
    ...states.flatMap((state, i) => Array.from({ length: i + 1 }, () => row(plain, '0001', state))),
    row(plain, '0002', '01'),
    row(plain, '0005', '03'),
  );
  assert.deepEqual(countedIn(unix, text), [
    sockets('dgram', 'UNCONNECTED', 1),
    sockets('seqpacket', 'CONNECTED', 1),
    sockets('stream', 'CONNECTED', 4),
    sockets('stream', 'CONNECTING', 3),
    sockets('stream', 'DISCONNECTING', 5),
    sockets('stream', 'FREE', 1),
    sockets('stream', 'UNCONNECTED', 2),
  ]);
});

test('a listener is told by its flag, and only while it is unconnected', () => {
  const text = table(
    row('00010000', '0001', '01'),
    row('00030000', '0005', '01'),
    row('00020000', '0001', '01'),
    row('00010000', '0001', '03'),
  );
  assert.deepEqual(countedIn(unix, text), [
    sockets('seqpacket', 'LISTENING', 1),
    sockets('stream', 'CONNECTED', 1),
    sockets('stream', 'LISTENING', 1),
    sockets('stream', 'UNCONNECTED', 1),
  ]);
});

test('a path may hold blanks, escapes and bytes that are no UTF-8, or be none', () => {
  const text = table(
    row(plain, '0001', '01', ' 240908 /run/app/a sock'),
    row(plain, '0001', '02', '     0 /run/app/a sock'),
    row(plain, '0002', '01', ' 240910 @abs@tr act'),
    row(plain, '0002', '01', ' 240911 /tmp/\xff\xfe\x1b[31m\r'),
    row(plain, '0001', '03', ' 240918'),
  );
  assert.deepEqual(countedIn(unix, text), [
    sockets('dgram', 'UNCONNECTED', 2),
    sockets('stream', 'CONNECTED', 1),
    sockets('stream', 'CONNECTING', 1),
    sockets('stream', 'UNCONNECTED', 1),
  ]);
});

test('what follows a line end in a path is a piece of the path, not a line that could not be read', () => {
  const text = table(
    row(plain, '0001', '01', ' 240908 /run/two\nlines\n\nand a third 1 2 3 4 5 6 7'),
    row(plain, '0001', '03'),
  );
  assert.deepEqual(countedIn(unix, text), [
    sockets('stream', 'CONNECTED', 1),
    sockets('stream', 'UNCONNECTED', 1),
  ]);
});

test('a path that begins with a line end is a path as well', () => {
  const text = table(row(plain, '0001', '01', ' 240908 \n/run/odd'), row(plain, '0001', '03'));
  assert.deepEqual(countedIn(unix, text), [
    sockets('stream', 'CONNECTED', 1),
    sockets('stream', 'UNCONNECTED', 1),
  ]);
});

test('a path that forges a row with an impossible state is caught and counted, a perfect one cannot be told', () => {
  const forged = row(plain, '0002', '03', ' 7');
  const text = table(
    row(plain, '0001', '01', ` 240908 /run/a\n${forged}`),
    row(plain, '0001', '01', ` 240909 /run/b\n${row(plain, '0009', '01', ' 7')}`),
    row(plain, '0001', '01', ` 240910 /run/c\n${row(plain, '0001', '09', ' 7')}`),
  );
  const { report, counted } = read(unix, text);
  assert.equal(
    report,
    'ok, 2 skipped: net/unix:5: field 5: unknown socket type, found "0009"; net/unix:7: field 6: unknown state, found "09"',
  );
  assert.deepEqual(counted, [sockets('dgram', 'CONNECTED', 1), sockets('stream', 'UNCONNECTED', 3)]);
});

test('junk where no path can go on is skipped and counted', () => {
  const text = table(row(plain, '0001', '03'), 'and a line of junk', row(plain, '0001', '03'));
  const { report, counted } = read(unix, text);
  assert.equal(report, 'ok, 1 skipped: net/unix:3: field 1: expected a row of a unix socket, found "and"');
  assert.deepEqual(counted, [sockets('stream', 'CONNECTED', 2)]);
});

test('pointers of 32 bits or hidden from us are only pointers', () => {
  const text = table(
    'f7c5e200: 00000002 00000000 00010000 0001 01  4388 /dev/log2',
    '0000000000000000: 00000002 00000000 00000000 0001 03 4389',
  );
  assert.deepEqual(countedIn(unix, text), [
    sockets('stream', 'CONNECTED', 1),
    sockets('stream', 'LISTENING', 1),
  ]);
});

test('the ancient table without inodes fails rather than being misread', () => {
  const { report, samples } = read(unix, lines('Num       RefCount Protocol Flags    Type St Path'));
  assert.equal(report, 'failed parse: net/unix:1: field 7: expected "Inode" in the header, found "Path"');
  assert.deepEqual(samples, []);
});
