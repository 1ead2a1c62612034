// Protects: Bluetooth sockets count once, with their states where the debugfs tells them and without where it does not; each has its own end first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bnep, cmtp, hci, hidp, iso, l2cap, rfcomm, sco } from '../../../src/collectors/sockets/bluetooth.ts';
import { memory } from '../../../src/procfs/source.ts';
import { inMemory, socketsFrom } from '../../rows.ts';
import { countedIn, lines, littleEndian, read, readSource, samplesOf } from '../reading.ts';

const header = 'sk               RefCnt Rmem   Wmem   User   Inode  Parent';
const procRow = (receive = 0, send = 0): string =>
  `00000000d201f365 2      ${receive}      ${send}      0      12957  0     `;
const own = '00:00:5e:00:53:01';
const any = '00:00:00:00:00:00';

const sockets = (protocol: string, state: string, count: number): string =>
  `sockets{family="bluetooth",protocol="${protocol}",state="${state}"} ${count}`;
const bytes = (direction: string, protocol: string, count: number): string =>
  `socket_${direction}_memory_bytes{family="bluetooth",protocol="${protocol}"} ${count}`;
const states = [
  ...['BOUND', 'CLOSED', 'CONFIG', 'CONNECT', 'CONNECT2', 'CONNECTED', 'DISCONN', 'LISTEN', 'OPEN', 'other'],
];

test('without a header it is the debugfs: every state is told, and no memory', () => {
  const text = lines(`${own} (0) ${any} (0) 4 25 0x0000 0x0000 672 0 2 0`);
  assert.deepEqual(
    samplesOf(l2cap, text),
    states.map(state => sockets('l2cap', state, state === 'LISTEN' ? 1 : 0)),
  );
});

test('an empty debugfs is one without sockets', () => {
  assert.deepEqual(
    samplesOf(rfcomm, ''),
    states.map(state => sockets('rfcomm', state, 0)),
  );
});

test('states have the names of netstat, numbered from 1', () => {
  const numbers = Array.from({ length: 11 }, (_, number) => number);
  const text = lines(
    ...numbers.flatMap(number => Array.from({ length: number + 1 }, () => `${own} ${any} ${number} 3`)),
  );
  assert.deepEqual(countedIn(rfcomm, text), [
    sockets('rfcomm', 'BOUND', 4),
    sockets('rfcomm', 'CLOSED', 10),
    sockets('rfcomm', 'CONFIG', 8),
    sockets('rfcomm', 'CONNECT', 6),
    sockets('rfcomm', 'CONNECT2', 7),
    sockets('rfcomm', 'CONNECTED', 2),
    sockets('rfcomm', 'DISCONN', 9),
    sockets('rfcomm', 'LISTEN', 5),
    sockets('rfcomm', 'OPEN', 3),
    // 0 and 10.
    sockets('rfcomm', 'other', 12),
  ]);
});

test('older kernels print no kind behind an address, and the first no mode', () => {
  const text = lines(
    `${own} ${any} 4 25 0x0000 0x0000 672 0 2 0`,
    `${own} 00:00:5E:00:53:02 1 25 0x0040 0x0041 672 1021 2`,
    `${own} (1) 00:00:5e:00:53:02 (2) 8 128 0x0040 0x0040 672 512 2 128`,
  );
  assert.deepEqual(countedIn(l2cap, text), [
    sockets('l2cap', 'CONNECTED', 1),
    sockets('l2cap', 'DISCONN', 1),
    sockets('l2cap', 'LISTEN', 1),
  ]);
});

test('with a header it is the table of proc: the state is untold, and the memory is there', () => {
  for (const [collector, name] of [
    [l2cap, 'l2cap'],
    [rfcomm, 'rfcomm'],
    [sco, 'sco'],
    [hci, 'hci'],
    [bnep, 'bnep'],
    [hidp, 'hidp'],
    [iso, 'iso'],
    [cmtp, 'cmtp'],
  ] as const) {
    const expected = (count: number, receive: number, send: number) => [
      bytes('receive', name, receive),
      bytes('send', name, send),
      sockets(name, '', count),
    ];
    assert.deepEqual(samplesOf(collector, lines(header)), expected(0, 0, 0));
    assert.deepEqual(samplesOf(collector, lines(header, procRow(5, 6), procRow(0, 1))), expected(2, 5, 7));
  }
});

test('columns behind the inode are of one kernel or the other, and of no interest', () => {
  const text = lines(
    'sk               RefCnt Rmem   Wmem   User   Inode  Src Dst Parent',
    `ffff880036b3e800 2      0      0      0      9561   ${own} ${any} 0     `,
  );
  assert.deepEqual(countedIn(l2cap, text), [sockets('l2cap', '', 1)]);
  assert.deepEqual(countedIn(hci, lines(`${header} More`, `${procRow()} 7`)), [sockets('hci', '', 1)]);
});

test('the debugfs is asked first, and proc where it cannot be read', () => {
  const debugfs = lines(`${own} ${any} 4 3`);
  const proc = lines(header, procRow(), procRow());
  const from = (files: Readonly<Record<string, string>>) =>
    readSource(rfcomm, memory(files, littleEndian)).counted;
  assert.deepEqual(from({ 'kernel/debug/bluetooth/rfcomm': debugfs, 'net/rfcomm': proc }), [
    sockets('rfcomm', 'LISTEN', 1),
  ]);
  assert.deepEqual(from({ 'net/rfcomm': proc }), [sockets('rfcomm', '', 2)]);
});

test('a first line that is neither a header nor a row fails the file, a later one is skipped', () => {
  assert.equal(
    read(l2cap, lines('what is this')).report,
    'failed parse: kernel/debug/bluetooth/l2cap:1: field 1: expected a header or a Bluetooth address, found "what"',
  );
  const { report, counted } = read(
    l2cap,
    lines(
      `${own} (0) ${any} (0) 4 25 0x0000 0x0000 672 0 2 0`,
      'what is this',
      `${own} somewhere 4 25`,
      `${own} (0) ${any} (0) four 25`,
      `${own} (0) ${any} (0) 4`,
    ),
  );
  assert.equal(
    report,
    'ok, 4 skipped: kernel/debug/bluetooth/l2cap:2: field 1: expected a Bluetooth address, found "what"; ' +
      'kernel/debug/bluetooth/l2cap:3: field 2: expected a Bluetooth address, found "somewhere"; ' +
      'kernel/debug/bluetooth/l2cap:4: field 5: expected a decimal number, found "four"',
  );
  assert.deepEqual(counted, [sockets('l2cap', 'LISTEN', 1)]);
});

test('a header that is not the one of the table of proc fails the file', () => {
  assert.equal(
    read(l2cap, lines('sk               RefCnt Rmem   User   Inode')).report,
    'failed parse: kernel/debug/bluetooth/l2cap:1: field 4: expected "Wmem" in the header, found "User"',
  );
});

test('nothing is said of a file whose first line was lost', () => {
  const { report, samples } = read(l2cap, `${'x'.repeat(100_000)}\n${procRow()}\n`);
  assert.equal(report, 'failed parse: kernel/debug/bluetooth/l2cap:1: longer than 65536 bytes');
  assert.deepEqual(samples, []);
});

const peer = '00:00:5e:00:53:05';
const l2capRow = `${own} (0) ${peer} (1) 1 25 0x0040 0x004a 672 1021 2 0`;
const l2capShown = (...rows: readonly string[]) =>
  socketsFrom(inMemory('kernel/debug/bluetooth/l2cap', lines(...rows)), 'l2cap').rows;
const l2capDetail = {
  ...{ kind: 'bluetooth', multiplexer: 25, localChannel: 0x40, remoteChannel: 0x4a },
  ...{ incomingUnitBytes: 672, outgoingUnitBytes: 1021, security: 'MEDIUM' },
};

test('the own address and channel come before those of the peer, with or without kinds of addresses', () => {
  for (const text of [l2capRow, l2capRow.replace(/ \(\d\)/g, '')]) {
    const [socket] = l2capShown(text);
    const { family, protocol, state, isServer, local, remote, receiveQueue, inode, detail } =
      socket ?? assert.fail();
    assert.deepEqual(
      [family, protocol, state, isServer, local, remote, receiveQueue, inode],
      ['bluetooth', 'l2cap', 'CONNECTED', false, own, peer, undefined, undefined],
    );
    assert.deepEqual(detail, l2capDetail);
  }
});

test('netstat takes what listens or is bound for a server', () => {
  const rows = l2capShown(...[1, 2, 3, 4, 9, 10].map(state => l2capRow.replace(') 1 25', `) ${state} 25`)));
  assert.deepEqual(
    rows.filter(({ isServer }) => isServer).map(({ state }) => state),
    ['BOUND', 'LISTEN'],
  );
  assert.equal(rows.at(-1)?.state, 'other');
});

test('a socket is shown without the columns that are not there or not numbers', () => {
  const details = l2capShown(
    `${own} ${peer} 1 25`,
    `${own} ${peer} 1 25 0040 0xzz 672 many 9`,
    `${own} ${peer} 1 25 0x0040 0x004a 672 1021 4`,
  ).map(({ detail }) => detail);
  assert.deepEqual(details, [
    { kind: 'bluetooth', multiplexer: 25 },
    { kind: 'bluetooth', multiplexer: 25, incomingUnitBytes: 672 },
    { ...l2capDetail, security: 'FIPS' },
  ]);
});

test('RFCOMM has a channel', () => {
  const source = inMemory('kernel/debug/bluetooth/rfcomm', lines(`${own} ${any} 4 12`));
  const [socket] = socketsFrom(source, 'rfcomm').rows;
  assert.equal(socket?.remote, any);
  assert.deepEqual(socket.detail, { kind: 'bluetooth', channel: 12 });
});

test('proc tells user, inode and memory, and no state', () => {
  const { rows } = socketsFrom(inMemory('net/sco', lines(header, procRow(5, 6))), 'sco');
  assert.deepEqual(
    rows.map(({ protocol, state, isServer, receiveQueue, sendQueue, local, uid, inode, detail }) => [
      ...[protocol, state, isServer, receiveQueue, sendQueue, local, uid, inode, detail],
    ]),
    [['sco', '', false, 5, 6, '', 0, 12957, undefined]],
  );
});

test('the first kernels with the table print addresses in it', () => {
  const text = lines(
    'sk               RefCnt Rmem   Wmem   User   Inode  Src Dst Parent',
    `ffff880036b3e800 2      0      0      1000   9561   ${own} ${peer} 0     `,
  );
  const [socket] = socketsFrom(inMemory('net/l2cap', text), 'l2cap').rows;
  assert.deepEqual([socket?.local, socket?.remote, socket?.uid], [own, peer, 1000]);
});
