// Protects: SCTP associations count by their own state and IP version, on kernels old and new, however many addresses they have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sctpAssocs } from '../../../src/collectors/sockets/sctp-assocs.ts';
import { inMemory, socketsFrom } from '../../rows.ts';
import { countedIn, familyIn, lines, read, samplesOf } from '../reading.ts';

const first =
  ' ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> RADDRS';
const header = `${first} HBINT INS OUTS MAXRT T1X T2X RTXC wmema wmemq sndbuf rcvbuf`;
const loopback6 = '0000:0000:0000:0000:0000:0000:0000:0001';

interface Row {
  readonly socketState?: number;
  readonly state?: number;
  readonly send?: number | string;
  readonly receive?: number | string;
  readonly local?: readonly string[];
  readonly remote?: readonly string[];
  readonly end?: string;
}

const row = ({
  socketState = 1,
  state = 3,
  send = 0,
  receive = 0,
  local = ['192.0.2.7'],
  remote = ['*198.51.100.9'],
  end = '\t    7500    10    10   10    0    0        0        1        0   212992   212992',
}: Row = {}): string => {
  const addresses = [...local, '<->', ...remote].map(each => `${each} `).join('');
  return `ffff0011 ffff0012 2   ${socketState}   ${state}  0      5        ${send}        ${receive}       0 31999 5000   36412  ${addresses}${end}`;
};

const sockets = (family: string, state: string, count: number): string =>
  `sockets{family="${family}",protocol="sctp",state="${state}"} ${count}`;
const states = (text: string): readonly string[] =>
  familyIn(countedIn(sctpAssocs, text), 'sockets').map(each => `sockets${each}`);

test('a table without associations exposes every state of both IP versions, and no memory in use', () => {
  const samples = samplesOf(sctpAssocs, lines(header));
  assert.equal(familyIn(samples, 'sockets').length, 18);
  assert.deepEqual(familyIn(samples, 'socket_receive_memory_bytes'), [
    '{family="inet",protocol="sctp"} 0',
    '{family="inet6",protocol="sctp"} 0',
  ]);
  assert.equal(familyIn(samples, 'socket_send_memory_bytes').length, 2);
  assert.ok(samples.every(sample => sample.endsWith(' 0')));
});

test('the state is that of the association, not that of its socket', () => {
  const all = Array.from({ length: 9 }, (_, state) =>
    Array.from({ length: state + 1 }, () => row({ socketState: 10, state })),
  );
  assert.deepEqual(states(lines(header, ...all.flat())), [
    sockets('inet', 'CLOSED', 1),
    sockets('inet', 'COOKIE_ECHOED', 3),
    sockets('inet', 'COOKIE_WAIT', 2),
    sockets('inet', 'ESTABLISHED', 4),
    sockets('inet', 'SHUTDOWN_ACK_SENT', 8),
    sockets('inet', 'SHUTDOWN_PENDING', 5),
    sockets('inet', 'SHUTDOWN_RECEIVED', 7),
    sockets('inet', 'SHUTDOWN_SENT', 6),
    sockets('inet', 'other', 9),
  ]);
});

test('the local addresses tell the IP version: one of IPv6 is enough', () => {
  const text = lines(
    header,
    row({ local: ['*192.0.2.7', '192.0.2.8'], remote: [`*${loopback6}`] }),
    row({ local: ['192.0.2.7', `*${loopback6}`], remote: ['*198.51.100.9'] }),
    row({ local: [`*${loopback6}`], remote: ['*198.51.100.9', loopback6] }),
  );
  assert.deepEqual(states(text), [sockets('inet', 'ESTABLISHED', 1), sockets('inet6', 'ESTABLISHED', 2)]);
});

test('without local addresses the remote ones tell it, and without remote ones the local ones do', () => {
  const text = lines(
    header,
    row({ local: [] }),
    row({ local: [], remote: ['*198.51.100.9', loopback6] }),
    row({ remote: [] }),
    row({ local: [loopback6], remote: [] }),
  );
  assert.deepEqual(states(text), [sockets('inet', 'ESTABLISHED', 2), sockets('inet6', 'ESTABLISHED', 2)]);
});

test('without any address the row is skipped, since nothing tells where it belongs', () => {
  const { report, counted } = read(
    sctpAssocs,
    lines(header, row({ local: [], remote: [] }), row({ state: 1 })),
  );
  assert.equal(
    report,
    'ok, 1 skipped: net/sctp/assocs:2: field 14: expected an address on either side, found "<->"',
  );
  assert.deepEqual(counted, [sockets('inet', 'COOKIE_WAIT', 1)]);
});

test('hundreds of addresses are only addresses', () => {
  const many = Array.from({ length: 300 }, (_, i) => `10.0.${i % 100}.1`);
  const text = lines(header, row({ local: many, remote: many }), row({ local: many, remote: [loopback6] }));
  assert.deepEqual(states(text), [sockets('inet', 'ESTABLISHED', 2)]);
});

test('memory is that of both queues, added up by IP version', () => {
  const text = lines(
    header,
    row({ send: 1024, receive: 7 }),
    row({ send: 1, receive: 245 }),
    row({ receive: 9, local: [loopback6] }),
  );
  assert.deepEqual(countedIn(sctpAssocs, text).slice(0, 3), [
    'socket_receive_memory_bytes{family="inet",protocol="sctp"} 252',
    'socket_receive_memory_bytes{family="inet6",protocol="sctp"} 9',
    'socket_send_memory_bytes{family="inet",protocol="sctp"} 1025',
  ]);
});

test('older kernels, without the memory of sockets, number the states from EMPTY', () => {
  const end = '\t    1000     2     2   10    0    0        0';
  const all = Array.from({ length: 9 }, (_, state) => row({ state, end }));
  const text = lines(
    `${first} HBINT INS OUTS MAXRT T1X T2X RTXC`,
    ...all,
    row({ state: 4, send: 5, receive: 6, end }),
  );
  assert.deepEqual(countedIn(sctpAssocs, text), [
    'socket_receive_memory_bytes{family="inet",protocol="sctp"} 6',
    'socket_send_memory_bytes{family="inet",protocol="sctp"} 5',
    sockets('inet', 'CLOSED', 1),
    sockets('inet', 'COOKIE_ECHOED', 1),
    sockets('inet', 'COOKIE_WAIT', 1),
    sockets('inet', 'ESTABLISHED', 2),
    sockets('inet', 'SHUTDOWN_ACK_SENT', 1),
    sockets('inet', 'SHUTDOWN_PENDING', 1),
    sockets('inet', 'SHUTDOWN_RECEIVED', 1),
    sockets('inet', 'SHUTDOWN_SENT', 1),
    sockets('inet', 'other', 1),
  ]);
});

test('where the table ends with the addresses, nobody knows which queue comes first, and one may be negative', () => {
  const text = lines(
    first,
    row({ state: 4, send: -1500, receive: 1024, end: '' }),
    row({ state: 2, end: '' }),
  );
  assert.deepEqual(
    samplesOf(sctpAssocs, text).filter(sample => !sample.endsWith(' 0')),
    [sockets('inet', 'COOKIE_WAIT', 1), sockets('inet', 'ESTABLISHED', 1)],
  );
  assert.deepEqual(familyIn(samplesOf(sctpAssocs, text), 'socket_receive_memory_bytes'), []);
});

test('the first kernels print no queues, no user and no inode', () => {
  const text = lines(
    ' ASSOC     SOCK   STY SST ST HBKT LPORT RPORT LADDRS <-> RADDRS',
    'c1a2b3c4 c1a2b3c5 2   1   4  17   5000  36412 192.0.2.7 <-> 198.51.100.9 ',
  );
  assert.deepEqual(countedIn(sctpAssocs, text), [sockets('inet', 'ESTABLISHED', 1)]);
});

test('a row without its arrow, or with a word among the addresses, is skipped', () => {
  const { report, counted } = read(
    sctpAssocs,
    lines(
      header,
      row({ end: '' }).replace(/<->.*/, ''),
      row({ local: ['192.0.2.7', 'x'] }),
      row({ receive: -1 }),
      row(),
    ),
  );
  assert.equal(
    report,
    'ok, 3 skipped: net/sctp/assocs:2: field 15: expected an address or "<->"; ' +
      'net/sctp/assocs:3: field 15: expected an address or "<->", found "x"; ' +
      'net/sctp/assocs:4: field 9: expected a decimal number, found "-1"',
  );
  assert.deepEqual(counted, [sockets('inet', 'ESTABLISHED', 1)]);
});

const shown = (...text: readonly string[]) =>
  socketsFrom(inMemory('net/sctp/assocs', lines(...text)), 'sctp_assocs').rows;

test('an association is shown between its primary addresses, with all of them beside', () => {
  const [socket] = shown(
    header,
    row({ local: ['192.0.2.7', '*192.0.2.8'], remote: [loopback6, '*198.51.100.9'], send: 1024, receive: 7 }),
  );
  const { family, protocol, state, isServer, local, localPort, remote, remotePort, uid, inode, detail } =
    socket ?? assert.fail();
  assert.deepEqual(
    [family, protocol, state, isServer, local, localPort, remote, remotePort, uid, inode],
    ['inet', 'sctp', 'ESTABLISHED', false, '192.0.2.8', 5000, '198.51.100.9', 36412, 0, 31999],
  );
  assert.deepEqual([socket?.receiveQueue, socket?.sendQueue], [7, 1024]);
  assert.deepEqual(detail, {
    kind: 'sctp',
    localAddresses: ['192.0.2.7', '192.0.2.8'],
    remoteAddresses: ['::1', '198.51.100.9'],
  });
});

test('without a primary address it is the first, and without any there is none', () => {
  const [first, none] = shown(
    header,
    row({ remote: ['198.51.100.9', '198.51.100.10'] }),
    row({ remote: [] }),
  );
  assert.deepEqual([first?.remote, none?.remote, none?.remotePort], ['198.51.100.9', '', 36412]);
});

test('an association that nobody holds has no user', () => {
  const [socket] = shown(header, row().replace(' 31999 ', ' 0 '));
  assert.deepEqual([socket?.uid, socket?.inode], [undefined, 0]);
});

test('the queues of 2.6 may stand in this order or the other, so that they are not told', () => {
  const [socket] = shown(first, row({ state: 4, send: 5, receive: 6, end: '' }));
  assert.deepEqual(
    [socket?.state, socket?.receiveQueue, socket?.sendQueue],
    ['ESTABLISHED', undefined, undefined],
  );
});
