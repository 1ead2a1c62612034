// Protects: packet sockets count by type, and the memory of what they have not read is told; each tells what it takes, and from where.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packet } from '../../../src/collectors/sockets/packet.ts';
import { inMemory, socketsFrom } from '../../rows.ts';
import { countedIn, lines, read, reportOf, samplesOf } from '../reading.ts';

const header = 'sk               RefCnt Type Proto  Iface R Rmem   User   Inode';
const row = (type: number, memory: number | string = 0): string =>
  `000000008c15650a 3      ${type}    0003   1     1 ${memory}  0      240830`;
const sockets = (protocol: string, count: number): string =>
  `sockets{family="packet",protocol="${protocol}",state=""} ${count}`;
const memory = (protocol: string, bytes: number): string =>
  `socket_receive_memory_bytes{family="packet",protocol="${protocol}"} ${bytes}`;

test('a table without sockets exposes every type', () => {
  const all = ['dgram', 'other', 'packet', 'raw'];
  assert.deepEqual(samplesOf(packet, lines(header)), [
    ...all.map(each => memory(each, 0)),
    ...all.map(each => sockets(each, 0)),
  ]);
});

test('types have their names, and one that has none is another one', () => {
  const text = lines(header, row(2), row(3, 35724), row(3, 100), row(10, 1), row(7, 5), row(99, 6));
  assert.deepEqual(countedIn(packet, text), [
    memory('other', 11),
    memory('packet', 1),
    memory('raw', 35824),
    sockets('dgram', 1),
    sockets('other', 2),
    sockets('packet', 1),
    sockets('raw', 2),
  ]);
});

test('a 32-bit kernel prints shorter pointers', () => {
  const text = lines(
    'sk       RefCnt Type Proto  Iface R Rmem   User   Inode',
    'c1a2b3c4 3      3    88cc   0     1 0      0      16495',
  );
  assert.deepEqual(countedIn(packet, text), [sockets('raw', 1)]);
});

test('a row that cannot be read is not counted', () => {
  const { report, counted } = read(
    packet,
    lines(header, row(3, '-5'), row(3).replace(/ 240830$/, ''), row(2)),
  );
  assert.equal(
    report,
    'ok, 2 skipped: net/packet:2: field 7: expected a decimal number, found "-5"; ' +
      'net/packet:3: field 9: missing, the line has 8',
  );
  assert.deepEqual(counted, [sockets('dgram', 1)]);
});

const shown = (...rows: readonly string[]) =>
  socketsFrom(inMemory('net/packet', lines(header, ...rows)), 'packet');

test('a socket has the Ethernet protocol that it takes, in hexadecimal, and the number of the interface', () => {
  const { rows } = shown('000000005da19c4b 4      3    88cc   7     1 5888   101    16495 ');
  assert.deepEqual(
    rows.map(({ family, protocol, state, isServer, receiveQueue, sendQueue, uid, inode, detail }) => [
      ...[family, protocol, state, isServer, receiveQueue, sendQueue, uid, inode],
      detail,
    ]),
    [
      [
        ...['packet', 'raw', '', false, 5888, undefined, 101, 16495],
        { kind: 'packet', etherType: 0x88cc, interfaceIndex: 7, isRunning: true, references: 4 },
      ],
    ],
  );
});

test('root is the user of a socket that a program holds, and of no other', () => {
  const { rows } = shown(row(3), row(3).replace('240830', '0'));
  assert.deepEqual(
    rows.map(({ uid, inode }) => [uid, inode]),
    [
      [0, 240830],
      [undefined, 0],
    ],
  );
});

test('what is not counted may be anything: the socket is shown without it', () => {
  const { outcome, rows } = shown(
    row(3).replace('0003', 'many').replace('0      240830', 'nobody 240830'),
    row(3, 'x'),
  );
  assert.match(outcome === undefined ? '' : reportOf(outcome), /^ok, 1 skipped: net\/packet:3: field 7/);
  assert.deepEqual(
    rows.map(({ uid, inode, detail }) => [uid, inode, detail]),
    [[undefined, 240830, undefined]],
  );
});
