// Protects: a socket told over netlink counts and is shown exactly as its row in the kernel file, in either byte order.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Collector, Extent } from '../../../src/collectors/collector.ts';
import type { Socket } from '../../../src/collectors/rows.ts';
import { inetRequest, tcpRequest } from '../../../src/collectors/sockets/inet-message.ts';
import { collectors } from '../../../src/collectors/index.ts';
import { tcp, tcp6, udp } from '../../../src/collectors/sockets/inet.ts';
import type { TcpSockets } from '../../../src/collectors/sockets/tcp.ts';
import { overSockets } from '../../../src/procfs/netlink.ts';
import { memory } from '../../../src/procfs/source.ts';
import { createMemories } from '../../../src/snapshot/memory.ts';
import type { Outcome } from '../../../src/snapshot/outcome.ts';
import { ofOneFile } from '../../../src/snapshot/read.ts';
import { createReadSockets } from '../../../src/snapshot/read-sockets.ts';
import { readRows } from '../../../src/snapshot/rows.ts';
import {
  bytesOf,
  done,
  fakeCalls,
  framed,
  SOCKET,
  socketMessage,
  type ByteOrder,
  type Told,
} from '../../messages.ts';
import { read, type AnyCollector } from '../reading.ts';

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

const machineOf = (byteOrder: ByteOrder) => ({ byteOrder, pageSizeBytes: 4096, ticksPerSecond: 100 });

const answer = (byteOrder: ByteOrder, sockets: readonly Told[]): readonly Buffer[] => [
  Buffer.concat(sockets.map(each => framed(byteOrder, SOCKET, socketMessage(byteOrder, each)))),
  done(byteOrder),
];

const readerOf = (byteOrder: ByteOrder, sockets: readonly Told[]) =>
  createReadSockets({}, overSockets(fakeCalls(answer(byteOrder, sockets)), byteOrder));

/** Sockets over netlink; the file is there, and nobody looks into it. */
const overNetlink = (
  collector: AnyCollector,
  byteOrder: ByteOrder,
  sockets: readonly Told[],
  extents: Readonly<Record<string, Extent>> = {},
): Outcome => {
  const outcome = readerOf(byteOrder, sockets)(
    collector,
    memory({ [collector.file]: () => assert.fail('the file was opened') }, machineOf(byteOrder)),
    createMemories()(collector.name),
    { ...ofOneFile, sysctl: () => '32768\t60999', extents },
  );
  const extent = extents[collector.name];
  assert.deepEqual(outcome.status === 'ok' && outcome.readBy, {
    ...{ reader: 'netlink', reason: 'cheaper', wanted: 'auto' },
    ...(extent !== undefined && { extent }),
  });
  return outcome;
};

const dataOf = (outcome: Outcome): unknown => (outcome.status === 'ok' ? outcome.data : outcome);

const shown = (
  collector: AnyCollector,
  byteOrder: ByteOrder,
  sockets: readonly Told[],
): readonly Socket[] => {
  const rows: Socket[] = [];
  const outcome = readRows(
    collector,
    memory({ [collector.file]: '' }, machineOf(byteOrder)),
    {
      sockets(socket) {
        const { receiveQueue, sendQueue, localPort, remotePort, uid, inode, timer, detail } = socket;
        const [local, remote] = [socket.local(), socket.remote()];
        rows.push({
          ...socket,
          ...{ receiveQueue, sendQueue, localPort, remotePort, uid, inode, timer, detail },
          ...{ local: () => local, remote: () => remote },
        });
      },
    },
    readerOf(byteOrder, sockets),
  );
  assert.equal(outcome?.status, 'ok');
  return rows;
};

for (const byteOrder of ['little', 'big'] as const) {
  describe(`${byteOrder}-endian`, () => {
    test('a request names family, protocol and states as the kernel numbers them', () => {
      const bytes = (each: Uint8Array): string => Buffer.from(each).toString('hex').replace(/0+$/, '');
      const states = byteOrder === 'little' ? 'fe0f' : '00000ffe';
      assert.equal(bytes(inetRequest('inet', 'tcp', byteOrder, 'whole')), `02060000${states}`);
      assert.equal(bytes(inetRequest('inet6', 'udp', byteOrder, 'whole')), '0a114000ffffffff');
      assert.equal(bytes(inetRequest('inet', 'udplite', byteOrder, 'whole')), '02884000ffffffff');
      assert.equal(bytes(inetRequest('inet6', 'raw', byteOrder, 'whole')), '0aff4000ffffffff');
      assert.equal(inetRequest('inet', 'tcp', byteOrder, 'whole').length, 56);
      const lean = byteOrder === 'little' ? 'fc0f' : '00000ffc';
      assert.equal(bytes(inetRequest('inet6', 'tcp', byteOrder, 'lean')), `0a060000${lean}`);
      const whole = byteOrder === 'little' ? 'fe0f' : '00000ffe';
      assert.equal(bytes(inetRequest('inet', 'tcp', byteOrder, 'info')), `02060200${whole}`);
      assert.equal(bytes(tcpRequest(byteOrder, 'info')), `02000002${'00'.repeat(48)}${whole}`);
      assert.equal(bytes(tcpRequest(byteOrder, 'lean')), `02${'00'.repeat(51)}${lean}`);
    });

    test('tcp: counts are those of the same sockets in the file', () => {
      const sockets: readonly Told[] = [
        { state: 10, localPort: 8080, remotePort: 0, remote: '00000000', receiveQueue: 3, sendQueue: 128 },
        { state: 1, localPort: 8080, remotePort: 40000, receiveQueue: 7, sendQueue: 9, uid: 1000 },
        { state: 1, localPort: 40001, remotePort: 5432, timer: 2, retransmits: 4, uid: 1000 },
        { state: 1, localPort: 40002, remotePort: 5432, timer: 1, retransmits: 2 },
        { state: 8, localPort: 40003, remotePort: 5432, receiveQueue: 1 },
        { state: 3, localPort: 8080, timer: 1, inode: 0, isBare: true },
        { state: 6, localPort: 40004, remotePort: 5432, timer: 3, inode: 0, isBare: true },
      ];
      const file = [
        header,
        '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 4242',
        '   1: 0100007F:1F90 0100007F:9C40 01 00000009:00000007 00:00000000 00000000  1000        0 4242',
        '   2: 0100007F:9C41 0100007F:1538 01 00000000:00000000 02:00000000 00000000  1000        4 4242',
        '   3: 0100007F:9C42 0100007F:1538 01 00000000:00000000 01:00000000 00000002     0        0 4242',
        '   4: 0100007F:9C43 0100007F:1538 08 00000000:00000001 00:00000000 00000000     0        0 4242',
        // The file tells the user of the listener.
        '   5: 0100007F:1F90 0100007F:9C40 03 00000000:00000000 01:00000000 00000000   997        0 0',
        '   6: 0100007F:9C44 0100007F:1538 06 00000000:00000000 03:00000000 00000000     0        0 0',
        '',
      ].join('\n');
      const sysctls = { 'sys/net/ipv4/ip_local_port_range': '32768\t60999\n' };
      const ofFile = createReadSockets({ tcp: 'procfs' }, 'package')(
        tcp,
        memory({ 'net/tcp': file, ...sysctls }, machineOf('little')),
        createMemories()('tcp'),
        { ...ofOneFile, sysctl: () => '32768\t60999' },
      );
      assert.deepEqual(dataOf(overNetlink(tcp, byteOrder, sockets)), dataOf(ofFile));
      assert.equal(read(tcp, file).report, 'ok');
    });

    test('tcp: round trips and segments of the connections to a listener, as much as the kernel tells', () => {
      const number = (value: number): string => value.toString(16).padStart(8, '0');
      const numbers = (length: number): readonly string[] =>
        Array.from({ length: length / 4 }, (_, i) => number({ 68: 12, 100: 3, 136: 77 }[i * 4] ?? 0xdead));
      const info = (length: number): Buffer => bytesOf(byteOrder, ...numbers(length));
      const listener: Told = { state: 10, localPort: 8080, remotePort: 0 };
      const infoOf = (...sockets: readonly Told[]) => {
        const outcome = overNetlink(tcp, byteOrder, [listener, ...sockets], { tcp: 'info' });
        return (dataOf(outcome) as TcpSockets).info?.ports;
      };
      const roundTripSeconds = [12e-6, 12e-6, 12e-6, 12e-6];
      const common = { connections: 1, segmentsRetransmitted: 3, roundTripSeconds };
      assert.deepEqual(infoOf({ info: info(232) }), [['8080', { ...common, segmentsSent: 77 }]]);
      assert.deepEqual(infoOf({ info: info(104) }), [['8080', { ...common, segmentsSent: undefined }]]);
      assert.deepEqual(infoOf({ info: info(100) }), []);
      assert.deepEqual(infoOf({}), []);
      // Of a client, and no connection any more.
      assert.deepEqual(infoOf({ localPort: 40000, info: info(232) }, { state: 8, info: info(232) }), []);
      assert.equal((dataOf(overNetlink(tcp, byteOrder, [listener])) as TcpSockets).info, undefined);
    });

    test('udp: drops and memory', () => {
      const sockets: readonly Told[] = [
        {
          state: 7,
          localPort: 53,
          remotePort: 0,
          remote: '00000000',
          receiveQueue: 4096,
          sendQueue: 512,
          drops: 17,
        },
        { state: 1, localPort: 40000, remotePort: 53, inode: 4243, drops: 0 },
      ];
      const file = [
        `${header} ref pointer drops`,
        '  53: 0100007F:0035 00000000:0000 07 00000200:00001000 00:00000000 00000000     0        0 4242 2 0000000000000000 17',
        ' 100: 0100007F:9C40 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 4243 2 0000000000000000 0',
        '',
      ].join('\n');
      const ofFile = createReadSockets({}, 'package')(
        udp,
        memory({ 'net/udp': file }, machineOf('little')),
        createMemories()('udp'),
        { ...ofOneFile, sysctl: () => '32768\t60999' },
      );
      assert.deepEqual(dataOf(overNetlink(udp, byteOrder, sockets)), dataOf(ofFile));
    });

    test('rows: addresses, ports, queues, timer and whose it is', () => {
      const [first, second] = shown(tcp6, byteOrder, [
        {
          ...{ family: 10, state: 1, localPort: 443, remotePort: 51234, receiveQueue: 5, sendQueue: 6 },
          ...{ local: '20010db8000000000000000000000001', remote: '00000000000000000000ffff0a010203' },
          ...{ timer: 2, retransmits: 3, expires: 7250, uid: 33, inode: 99 },
        },
        {
          family: 10,
          state: 10,
          local: '0',
          remote: '0',
          remotePort: 0,
          sendQueue: 4096,
          timer: 1,
          retransmits: 2,
        },
      ]);
      assert.equal(first?.local(), '2001:db8::1');
      assert.equal(first.remote(), '::ffff:10.1.2.3');
      assert.deepEqual(
        [first.localPort, first.remotePort, first.receiveQueue, first.sendQueue, first.uid, first.inode],
        [443, 51234, 5, 6, 33, 99],
      );
      assert.deepEqual(first.timer, { kind: 'keepalive', seconds: 7.25, retransmits: 0, probes: 3 });
      assert.deepEqual([second?.local(), second?.isServer, second?.sendQueue], ['::', true, 0]);
      assert.deepEqual(second?.timer, { kind: 'on', seconds: 0, retransmits: 2, probes: undefined });
    });
  });
}

test('a state that no kernel file has is skipped, with the place', () => {
  const outcome = overNetlink(tcp, 'little', [{ state: 1 }, { state: 13 }, { state: 0 }]);
  assert.deepEqual(outcome.status === 'ok' && outcome.skipped, {
    count: 2,
    examples: ['net/tcp:2 over netlink: unknown state 13', 'net/tcp:3 over netlink: unknown state 0'],
  });
});

test('only what the kernel tells the same way over netlink can be read so', () => {
  const both = collectors
    .filter(({ overNetlink }: Collector<string, unknown>) => overNetlink !== undefined)
    .map(({ name }) => name);
  assert.deepEqual(both.toSorted(), [
    ...['packet', 'raw', 'raw6', 'tcp', 'tcp6', 'udp', 'udp6', 'udplite', 'udplite6', 'unix'],
  ]);
});
