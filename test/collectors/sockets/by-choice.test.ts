// Protects: unix and packet sockets told over netlink count as their rows in the kernel files do, in either byte order, and those that wait to be accepted with them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { packet } from '../../../src/collectors/sockets/packet.ts';
import { unix } from '../../../src/collectors/sockets/unix.ts';
import { overSockets } from '../../../src/procfs/netlink.ts';
import { memory } from '../../../src/procfs/source.ts';
import { createMemories } from '../../../src/snapshot/memory.ts';
import type { Outcome } from '../../../src/snapshot/outcome.ts';
import { ofOneFile } from '../../../src/snapshot/read.ts';
import { createReadSockets } from '../../../src/snapshot/read-sockets.ts';
import { readRows } from '../../../src/snapshot/rows.ts';
import { bytesOf, done, fakeCalls, framed, SOCKET, type ByteOrder } from '../../messages.ts';
import { lines, read, type AnyCollector } from '../reading.ts';

const hex = (value: number): string => value.toString(16).padStart(8, '0');

/** What both have in common: four bytes, an inode, a cookie, and an attribute of numbers. */
const messageOf = (
  byteOrder: ByteOrder,
  start: readonly number[],
  inode: number,
  attribute?: { readonly type: string; readonly numbers: readonly number[] },
): Buffer =>
  framed(
    byteOrder,
    SOCKET,
    Buffer.concat([
      Buffer.from(start),
      bytesOf(byteOrder, hex(inode), hex(7), hex(0)),
      ...(attribute === undefined
        ? []
        : [
            bytesOf(
              byteOrder,
              (4 + 4 * attribute.numbers.length).toString(16).padStart(4, '0'),
              attribute.type,
            ),
            bytesOf(byteOrder, ...attribute.numbers.map(hex)),
          ]),
    ]),
  );

const header = {
  unix: 'Num       RefCount Protocol Flags    Type St Inode Path',
  packet: 'sk       RefCnt Type Proto  Iface R Rmem   User   Inode',
};

const overNetlink = (
  collector: AnyCollector,
  byteOrder: ByteOrder,
  messages: readonly Buffer[],
  file = '',
): { readonly outcome: Outcome; readonly sent: readonly Uint8Array[] } => {
  const calls = fakeCalls([Buffer.concat(messages), done(byteOrder)]);
  const outcome = createReadSockets({ [collector.name]: 'netlink' }, overSockets(calls, byteOrder))(
    ...([
      collector,
      memory({ [collector.file]: file }, { byteOrder, pageSizeBytes: 4096, ticksPerSecond: 100 }),
    ] as const),
    ...([createMemories()(collector.name), { ...ofOneFile, sysctl: () => undefined }] as const),
  );
  return { outcome, sent: calls.sent };
};

const dataOf = (outcome: Outcome): unknown => (outcome.status === 'ok' ? outcome.data : outcome);

const [STREAM, DGRAM, SEQPACKET] = [1, 2, 5];
const [ESTABLISHED, CLOSE, LISTEN] = [1, 7, 10];

for (const byteOrder of ['little', 'big'] as const) {
  describe(`${byteOrder}-endian`, () => {
    const queue = (length: number) => ({ type: '0004', numbers: [length, 128] });
    const unixSocket = (type: number, state: number, inode: number, length = 0): Buffer =>
      messageOf(byteOrder, [1, type, state, 0], inode, queue(length));

    test('unix: every socket, and those in the queues of listeners by the type of these', () => {
      const { outcome, sent } = overNetlink(unix, byteOrder, [
        unixSocket(STREAM, LISTEN, 1, 2),
        unixSocket(STREAM, ESTABLISHED, 2, 900),
        unixSocket(STREAM, CLOSE, 3),
        unixSocket(DGRAM, CLOSE, 4, 300),
        unixSocket(DGRAM, ESTABLISHED, 5),
        unixSocket(SEQPACKET, LISTEN, 6, 1),
      ]);
      const row = (flags: string, type: string, state: string, inode: number): string =>
        `0000000000000000: 00000002 00000000 ${flags} ${type} ${state} ${inode}`;
      const plain = '00000000';
      const file = lines(
        header.unix,
        row('00010000', '0001', '01', 1),
        row(plain, '0001', '02', 0),
        row(plain, '0001', '02', 0),
        row(plain, '0001', '03', 2),
        row(plain, '0001', '01', 3),
        row(plain, '0002', '01', 4),
        row(plain, '0002', '03', 5),
        row('00010000', '0005', '01', 6),
        row(plain, '0005', '02', 0),
      );
      assert.deepEqual(dataOf(outcome), dataOf(read(unix, file).outcome));
      const asked = Buffer.concat(sent).subarray(16);
      const numbers = byteOrder === 'little' ? 'ffffffff0000000010000000' : 'ffffffff0000000000000010';
      assert.equal(asked.toString('hex'), `01000000${numbers}${'00'.repeat(8)}`);
    });

    test('packet: every socket by its type, with what its queue takes', () => {
      const memoryOf = (bytes: number) => ({
        type: '0006',
        numbers: [bytes, 212992, 0, 212992, 0, 0, 0, 0, 3],
      });
      const { outcome, sent } = overNetlink(packet, byteOrder, [
        messageOf(byteOrder, [17, 3, 0, 3], 11, memoryOf(4352)),
        messageOf(byteOrder, [17, 3, 0, 3], 12, memoryOf(768)),
        messageOf(byteOrder, [17, 2, 0, 0], 13, memoryOf(0)),
        messageOf(byteOrder, [17, 10, 0, 0], 14, memoryOf(1)),
      ]);
      const file = lines(
        header.packet,
        '0000000000000000 3      3    0003   1     1 4352   0      11',
        '0000000000000000 3      3    0003   1     1 768    0      12',
        '0000000000000000 3      2    0000   0     0 0      0      13',
        '0000000000000000 3      10   0000   0     0 1      0      14',
      );
      assert.deepEqual(dataOf(outcome), dataOf(read(packet, file).outcome));
      const asked = Buffer.concat(sent).subarray(16);
      const show = byteOrder === 'little' ? '10000000' : '00000010';
      assert.equal(asked.toString('hex'), `11000000${'00'.repeat(4)}${show}${'00'.repeat(8)}`);
    });
  });
}

test('a kernel that does not tell what is counted has the file read', () => {
  const listener = messageOf('little', [1, STREAM, LISTEN, 0], 1);
  const ofUnix = overNetlink(unix, 'little', [listener], lines(header.unix));
  assert.equal(ofUnix.outcome.status === 'ok' && ofUnix.outcome.readBy?.reason, 'unsupported');
  const endless = messageOf('little', [1, STREAM, LISTEN, 0], 1, { type: '0004', numbers: [0xffff_ffff, 1] });
  const ofQueue = overNetlink(unix, 'little', [endless], lines(header.unix));
  assert.equal(ofQueue.outcome.status === 'ok' && ofQueue.outcome.readBy?.reason, 'unsupported');
  const ofPacket = overNetlink(
    packet,
    'little',
    [messageOf('little', [17, 3, 0, 3], 1)],
    lines(header.packet),
  );
  assert.equal(ofPacket.outcome.status === 'ok' && ofPacket.outcome.readBy?.reason, 'unsupported');
});

test('a type that no unix socket has is skipped, with the place', () => {
  const { outcome } = overNetlink(unix, 'little', [messageOf('little', [1, 9, CLOSE, 0], 1)]);
  assert.deepEqual(outcome.status === 'ok' && outcome.skipped, {
    ...{ count: 1, examples: ['net/unix:1 over netlink: unknown socket type 9'] },
  });
});

test('rows come from the file whatever was chosen, since it tells more of each', () => {
  const calls = fakeCalls([]);
  let rows = 0;
  const file = lines(header.unix, '0000000000000000: 00000002 00000000 00000000 0001 01 3 /run/a');
  readRows(
    unix,
    memory({ 'net/unix': file }, { byteOrder: 'little', pageSizeBytes: 4096, ticksPerSecond: 100 }),
    { sockets: () => rows++ },
    createReadSockets({ unix: 'netlink' }, overSockets(calls, 'little')),
  );
  assert.deepEqual([rows, calls.sent.length], [1, 0]);
});
