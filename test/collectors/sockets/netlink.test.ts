// Protects: netlink sockets count by protocol with their memory and drops, on every kernel that prints the table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { netlink } from '../../../src/collectors/sockets/netlink.ts';
import { inMemory, socketsFrom } from '../../rows.ts';
import { countedIn, familyIn, lines, read, repeatedly, samplesOf } from '../reading.ts';

const header = 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode';
const row = (
  protocol: number,
  { receive = 0, send = 0, drops = 0, inode = 31574 }: Partial<Record<string, number>> = {},
): string =>
  `0000000091a6b1ae ${protocol}   4213       00000111 ${receive}        ${send}        0     2        ${drops}        ${inode}        `;

const sockets = (protocol: string, count: number): string =>
  `sockets{family="netlink",protocol="${protocol}",state=""} ${count}`;
const drops = (protocol: string, count: number): string =>
  `socket_drops_total{family="netlink",protocol="${protocol}"} ${count}`;
const names = [
  ...['route', 'usersock', 'sock_diag', 'nflog', 'xfrm', 'selinux', 'iscsi', 'audit', 'fib_lookup'],
  ...[
    'connector',
    'netfilter',
    'kobject_uevent',
    'generic',
    'scsitransport',
    'rdma',
    'crypto',
    'smc',
    'other',
  ],
];

test('a table without sockets exposes every protocol', () => {
  const samples = samplesOf(netlink, lines(header));
  assert.equal(samples.length, 3 * names.length);
  assert.deepEqual(
    familyIn(samples, 'sockets')
      .map(each => `sockets${each}`)
      .sort(),
    names.map(each => sockets(each, 0)).sort(),
  );
  assert.ok(samples.every(sample => sample.endsWith(' 0')));
});

test('protocols have the names of the kernel, and those that are gone or to come are another one', () => {
  const numbers = [0, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 18, 20, 21, 22];
  const known = numbers.flatMap((number, i) => Array.from({ length: i + 1 }, () => row(number)));
  const unknown = [1, 3, 13, 14, 17, 19, 23, 31, 99].map(number => row(number));
  assert.deepEqual(
    countedIn(netlink, lines(header, ...known, ...unknown)),
    names.map((name, i) => sockets(name, name === 'other' ? 9 : i + 1)).sort(),
  );
});

test('memory that waits to be read is added up by protocol', () => {
  const text = lines(
    header,
    row(0, { receive: 4352, send: 1 }),
    row(0, { receive: 768 }),
    row(15, { send: 2304 }),
    row(99, { receive: 5 }),
  );
  assert.deepEqual(countedIn(netlink, text).slice(0, 2), [
    'socket_receive_memory_bytes{family="netlink",protocol="other"} 5',
    'socket_receive_memory_bytes{family="netlink",protocol="route"} 5120',
  ]);
});

test('drops go up while sockets come and go, each protocol by itself', () => {
  const reading = repeatedly(netlink);
  const dropped = (...rows: readonly string[]): readonly string[] =>
    reading(lines(header, ...rows)).counted.filter(each => each.startsWith('socket_drops_total'));
  assert.deepEqual(dropped(row(0, { drops: 5, inode: 1 }), row(15, { drops: 7, inode: 2 })), [
    drops('kobject_uevent', 7),
    drops('route', 5),
  ]);
  assert.deepEqual(dropped(row(0, { drops: 6, inode: 1 }), row(15, { drops: 7, inode: 2 })), [
    drops('kobject_uevent', 7),
    drops('route', 6),
  ]);
  // The one with the drops is gone, and another socket of the same protocol has none.
  assert.deepEqual(dropped(row(0, { inode: 3 })), [drops('kobject_uevent', 7), drops('route', 6)]);
  // What was gone was forgotten: the inode belongs to another socket now, and all of its drops are new.
  assert.deepEqual(dropped(row(0, { drops: 6, inode: 1 }), row(15, { drops: 8, inode: 2 })), [
    drops('kobject_uevent', 15),
    drops('route', 12),
  ]);
});

test('kernels before the inode tell drops of nobody, and those before the drops none', () => {
  const old = 'sk       Eth Pid    Groups   Rmem     Wmem     Dump     Locks';
  const withDrops = lines(
    `${old}     Drops`,
    'c1a2b3c4 0   4213   00000111 1        0        (null)   2        9',
  );
  assert.deepEqual(familyIn(samplesOf(netlink, withDrops), 'socket_drops_total'), []);
  const without = lines(old, 'c1a2b3c4 15  -4097  00000001 0        3        c1a2b3c4 2');
  assert.deepEqual(familyIn(samplesOf(netlink, without), 'socket_drops_total'), []);
  assert.deepEqual(countedIn(netlink, without), [sockets('kobject_uevent', 1)]);
});

test('where a dump was a pointer the columns are the same', () => {
  const text = lines(
    'sk       Eth Pid    Groups   Rmem     Wmem     Dump     Locks     Drops     Inode',
    'ffff88007a417800 0   1174405816 00000440 0        0        0000000000000000 2        4        20587   ',
  );
  assert.deepEqual(countedIn(netlink, text), [drops('route', 4), sockets('route', 1)]);
});

test('a row that cannot be read is not counted', () => {
  const { report, counted } = read(
    netlink,
    lines(header, row(0, { receive: -1 }), row(0).replace(/ +31574 +$/, ''), row(16)),
  );
  assert.equal(
    report,
    'ok, 2 skipped: net/netlink:2: field 5: expected a decimal number, found "-1"; ' +
      'net/netlink:3: field 10: missing, the line has 9',
  );
  assert.deepEqual(counted, [sockets('generic', 1)]);
});

const shown = (...text: readonly string[]) =>
  socketsFrom(inMemory('net/netlink', lines(...text)), 'netlink').rows;

test('a socket has its port, its groups and its own drops', () => {
  const [socket] = shown(header, row(15, { receive: 768, send: 3, drops: 9, inode: 20587 }));
  const { family, protocol, state, isServer, receiveQueue, sendQueue, uid, inode, detail } =
    socket ?? assert.fail();
  assert.deepEqual(
    [family, protocol, state, isServer, receiveQueue, sendQueue, uid, inode],
    ['netlink', 'kobject_uevent', '', false, 768, 3, undefined, 20587],
  );
  assert.deepEqual(detail, { kind: 'netlink', portId: 4213, groups: '00000111', drops: 9 });
});

test('a port that an old kernel prints with a sign is the one that it is without', () => {
  const [old, recent] = [
    ...shown(
      'sk       Eth Pid    Groups   Rmem     Wmem     Dump     Locks',
      'c1a2b3c4 15  -4097  00000001 0        3        c1a2b3c4 2',
    ),
    ...shown(header, row(0).replace('4213 ', '4294963199 ')),
  ].map(({ inode, detail }) => ({ inode, detail }));
  const portId = 4294963199;
  const kind = 'netlink';
  assert.deepEqual(old, { inode: undefined, detail: { kind, portId, groups: '00000001', drops: undefined } });
  assert.deepEqual(recent, { inode: 31574, detail: { kind, portId, groups: '00000111', drops: 0 } });
});

test('drops are told of a socket that has no inode to add them up by', () => {
  const [socket] = shown(
    'sk       Eth Pid    Groups   Rmem     Wmem     Dump     Locks     Drops',
    'c1a2b3c4 0   4213   00000111 1        0        (null)   2        9',
  );
  assert.deepEqual(socket?.detail, { kind: 'netlink', portId: 4213, groups: '00000111', drops: 9 });
});

test('a port that is none leaves the socket without details', () => {
  const [socket] = shown(header, row(0).replace('4213', 'port'));
  assert.equal(socket?.inode, 31574);
  assert.equal(socket.detail, undefined);
});
