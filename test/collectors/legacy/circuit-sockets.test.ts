// Protects: sockets of AX.25, NET/ROM, ROSE and X.25 by state, found by the names of columns where there are any, in every layout that a kernel had.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ax25, nr, rose, x25 } from '../../../src/collectors/legacy/circuit-sockets.ts';
import { memory } from '../../../src/procfs/source.ts';
import { inMemory, socketsFrom } from '../../rows.ts';
import { countedIn, familyIn, lines, littleEndian, read, readSource, samplesOf } from '../reading.ts';

const link =
  '0000000099c19f5c ax0 G4KLX-0 GB7CIP-7,GB7DXM-0*,G8BPQ-2 3 4 2 4 3 10 0 3 120 300 0 20 1 10 5 2 256';

test('an AX.25 socket is counted by state, with the memory of its queues', () => {
  assert.deepEqual(samplesOf(ax25, lines(`${link} 128 768 51234`, `${link} 256 0 0`)), [
    'socket_receive_memory_bytes{family="ax25",protocol=""} 768',
    'socket_send_memory_bytes{family="ax25",protocol=""} 384',
    'sockets{family="ax25",protocol="",state="DISC_SENT"} 0',
    'sockets{family="ax25",protocol="",state="ESTABLISHED"} 2',
    'sockets{family="ax25",protocol="",state="LISTENING"} 0',
    'sockets{family="ax25",protocol="",state="RECOVERY"} 0',
    'sockets{family="ax25",protocol="",state="SABM_SENT"} 0',
    'sockets{family="ax25",protocol="",state="other"} 0',
  ]);
});

test('a link that no program holds is counted and has no memory', () => {
  assert.deepEqual(countedIn(ax25, lines(`${link} * * *`)), [
    'sockets{family="ax25",protocol="",state="ESTABLISHED"} 1',
  ]);
});

test('the pointer may be anything, as it is while the kernel has not enough entropy to hash it', () => {
  const text = lines(`${link} 0 0 1`.replace('0000000099c19f5c', '(____ptrval____)'));
  assert.deepEqual(countedIn(ax25, text), ['sockets{family="ax25",protocol="",state="ESTABLISHED"} 1']);
});

test('an AX.25 file without a line is a kernel with the protocol and without a socket', () => {
  const samples = samplesOf(ax25, '');
  assert.equal(familyIn(samples, 'sockets').length, 6);
  assert.ok(samples.every(sample => sample.endsWith(' 0')));
});

const headerOf20 =
  'dest_addr src_addr  dev  st  vs  vr  va    t1     t2     t3      idle   n2  rtt wnd paclen   dama Snd-Q Rcv-Q';
const linkOf20 =
  'GB7DXM-0  G4KLX-1   ax0   4   6   1   5   8/010  0/03   0/300   0/020  4/10   7   2    256  slave';

test('kernel 2.0 has a header, and where there is no socket a row ends before its queues', () => {
  assert.deepEqual(countedIn(ax25, lines(headerOf20, `${linkOf20}  1024   768`, linkOf20)), [
    'socket_receive_memory_bytes{family="ax25",protocol=""} 768',
    'socket_send_memory_bytes{family="ax25",protocol=""} 1024',
    'sockets{family="ax25",protocol="",state="RECOVERY"} 2',
  ]);
});

test('a row of 2.0 with a single queue, or without the column before them, was cut', () => {
  const { report, counted } = read(
    ax25,
    lines(headerOf20, `${linkOf20}  1024`, linkOf20.replace(/ slave$/, '')),
  );
  assert.equal(
    report,
    'ok, 2 skipped: net/ax25:2: field 18: missing, the line has 17; net/ax25:3: field 17: missing, the line has 15',
  );
  assert.deepEqual(counted, []);
});

test('the first line of AX.25 is a row unless it is that header', () => {
  const { report, counted } = read(ax25, lines('GB7CIP-7', `${link} * * *`));
  assert.equal(report, 'ok, 1 skipped: net/ax25:1: field 22: missing, the line has 1');
  assert.deepEqual(counted, ['sockets{family="ax25",protocol="",state="ESTABLISHED"} 1']);
});

test('NET/ROM columns are found by name: those of 2.0 are others, and no inode is among them', () => {
  const now = lines(
    'user_addr dest_node src_node  dev    my  your  st  vs  vr  va    t1     t2     t4      idle   n2  wnd Snd-Q Rcv-Q inode',
    'G4KLX-0   GB7CIP-7  G4KLX-5   nr0  01/02 03/04  3   2   5   2   0/120  0/05   0/180   0/015  0/03   4   256   768 51240',
    '*         *         G4KLX-5   nr0  00/00 00/00  0   0   0   0   0/120  0/05   0/180   0/000  0/01   4     0     0 51241',
  );
  const then = lines(
    'user_addr dest_node src_node  dev    my  your  st vs vr va    t1     t2    n2  rtt wnd paclen Snd-Q Rcv-Q',
    'G4KLX-0   GB7CIP-7  G4KLX-5   nr0  01/02 03/04  3  5  2  5   0/120  0/05  0/03  60   4    236   256   768',
    '*         *         G4KLX-5   nr0  00/00 00/00  0  0  0  0   0/120  0/05  0/03  60   4    236     0     0',
  );
  const counted = [
    'socket_receive_memory_bytes{family="netrom",protocol=""} 768',
    'socket_send_memory_bytes{family="netrom",protocol=""} 256',
    'sockets{family="netrom",protocol="",state="ESTABLISHED"} 1',
    'sockets{family="netrom",protocol="",state="LISTENING"} 1',
  ];
  assert.deepEqual(countedIn(nr, now), counted);
  assert.deepEqual(countedIn(nr, then), counted);
});

test('ROSE and X.25 have states that netstat has no word for', () => {
  const roseHeader =
    'dest_addr  dest_call src_addr   src_call  dev   lci neigh st vs vr va   t  t1  t2  t3  hb    idle Snd-Q Rcv-Q inode';
  const roseRow = (state: number): string =>
    `2080175520 F6BVP-9   2080175524 F4BWT-0   rose0 00A 00002  ${state}  1  2  1   0 200 180 180   5   0/020     0     0 60110`;
  assert.deepEqual(
    countedIn(rose, lines(roseHeader, ...[4, 5, 6, 7].map(roseRow))).map(sample => sample.slice(7)),
    [
      '{family="rose",protocol="",state="DEFERRED"} 1',
      '{family="rose",protocol="",state="RESETTING"} 1',
      '{family="rose",protocol="",state="other"} 2',
    ],
  );
  const x25Row = (state: number): string =>
    `123456789012345 31342002   x25tap0 FFF  ${state}  1  1  1   0   3 200 180 180     0     0 71230`;
  assert.deepEqual(
    countedIn(x25, lines(x25Header, ...[4, 5, 6].map(x25Row))).map(sample => sample.slice(7)),
    [
      '{family="x25",protocol="",state="DEFERRED"} 1',
      '{family="x25",protocol="",state="RECOVERY"} 1',
      '{family="x25",protocol="",state="other"} 1',
    ],
  );
});

const x25Header = 'dest_addr  src_addr   dev   lci st vs vr va   t  t2 t21 t22 t23 Snd-Q Rcv-Q inode';

test('X.25 is a file on old kernels, which has no inode', () => {
  const source = memory(
    {
      'net/x25': lines(
        x25Header.replace(' inode', ''),
        '31342001   31342002   lapb0 00A  1  0  0  0 170   3 200 180 180   768     0',
      ),
    },
    littleEndian,
  );
  const { report, counted } = readSource(x25, source);
  assert.equal(report, 'ok');
  assert.deepEqual(counted, [
    'socket_send_memory_bytes{family="x25",protocol=""} 768',
    'sockets{family="x25",protocol="",state="SABM_SENT"} 1',
  ]);
});

test('columns that a newer kernel adds behind the inode are left alone', () => {
  const row = '31342001   31342002   lapb0 00A  1  0  0  0 170   3 200 180 180   768     0 71230 root';
  assert.deepEqual(familyIn(countedIn(x25, lines(`${x25Header} user`, row)), 'sockets'), [
    '{family="x25",protocol="",state="SABM_SENT"} 1',
  ]);
});

test('a kernel without the protocol has no series of it', () => {
  for (const each of [ax25, nr, rose, x25]) {
    const { report, samples } = read(each, undefined);
    assert.equal(report, 'absent');
    assert.deepEqual(samples, []);
  }
});

const shown = (name: 'ax25' | 'nr' | 'rose' | 'x25', file: string, ...text: readonly string[]) =>
  socketsFrom(inMemory(file, lines(...text)), name).rows.map(
    ({ local, remote, device, receiveQueue, sendQueue, inode, detail }) => ({
      ...{ local, remote, device, receiveQueue, sendQueue, inode, detail },
    }),
  );

test('the source of an AX.25 socket comes first, and stations on the way stand behind the destination', () => {
  assert.deepEqual(shown('ax25', 'net/ax25', `${link} 128 768 51234`), [
    {
      ...{ local: 'G4KLX-0', remote: 'GB7CIP-7', device: 'ax0' },
      ...{ receiveQueue: 768, sendQueue: 128, inode: 51234 },
      detail: {
        ...{ kind: 'circuit', sent: 4, received: 2, acknowledged: 4 },
        digipeaters: ['GB7DXM-0*', 'G8BPQ-2'],
      },
    },
  ]);
});

test('a star alone is no station, a star behind one is part of it, and a link has neither queues nor inode', () => {
  const row = '00000000a1b2c3e5 ??? G4KLX-1* * 0 0 0 0 0 10 0 3 0 300 0 20 0 10 5 2 256 * * *';
  assert.deepEqual(shown('ax25', 'net/ax25', row), [
    {
      ...{ local: 'G4KLX-1*', remote: '', device: '' },
      ...{ receiveQueue: undefined, sendQueue: undefined, inode: undefined },
      detail: { kind: 'circuit', sent: 0, received: 0, acknowledged: 0, digipeaters: [] },
    },
  ]);
});

test('kernel 2.0 has the destination first, and tells no stations on the way', () => {
  const detail = { kind: 'circuit', sent: 6, received: 1, acknowledged: 5 };
  const stations = { local: 'G4KLX-1', remote: 'GB7DXM-0', device: 'ax0' };
  assert.deepEqual(shown('ax25', 'net/ax25', headerOf20, `${linkOf20}  1024   768`, linkOf20), [
    { ...stations, receiveQueue: 768, sendQueue: 1024, inode: undefined, detail },
    { ...stations, receiveQueue: undefined, sendQueue: undefined, inode: undefined, detail },
  ]);
});

test('a NET/ROM socket has a user, and nodes at both ends', () => {
  const header =
    'user_addr dest_node src_node  dev    my  your  st  vs  vr  va    t1     t2     t4      idle   n2  wnd Snd-Q Rcv-Q inode';
  const rows = [
    'G4KLX-0   GB7CIP-7  G4KLX-5   nr0  01/02 03/04  3   2   5   1   0/120  0/05   0/180   0/015  0/03   4   256   768 51240',
    '*         *         G4KLX-5   nr0  00/00 00/00  0   0   0   0   0/120  0/05   0/180   0/000  0/01   4     0     0 51241',
  ];
  assert.deepEqual(
    shown('nr', 'net/nr', header, ...rows).map(({ local, remote, detail }) => [local, remote, detail]),
    [
      ['G4KLX-5', 'GB7CIP-7', { kind: 'circuit', sent: 2, received: 5, acknowledged: 1, user: 'G4KLX-0' }],
      ['G4KLX-5', '', { kind: 'circuit', sent: 0, received: 0, acknowledged: 0, user: '' }],
    ],
  );
});

test('a ROSE socket has addresses and stations, a channel in hexadecimal and a neighbour in decimal', () => {
  const header =
    'dest_addr  dest_call src_addr   src_call  dev   lci neigh st vs vr va   t  t1  t2  t3  hb    idle Snd-Q Rcv-Q inode';
  const rows = [
    '2080175520 F6BVP-9   2080175524 F4BWT-0   rose0 01A 00012  3  1  2  3   0 200 180 180   5   0/020     0     0 60110',
    '*          *         2080175524 ??????-?  ???   000 00000  0  0  0  0   0 200 180 180   5   0/020     0     0 60111',
  ];
  const numbers = { sent: 1, received: 2, acknowledged: 3 };
  const none = { sent: 0, received: 0, acknowledged: 0 };
  const calls = { localCallsign: 'F4BWT-0', remoteCallsign: 'F6BVP-9' };
  assert.deepEqual(
    shown('rose', 'net/rose', header, ...rows).map(({ local, remote, device, detail }) => [
      ...[local, remote, device, detail],
    ]),
    [
      [
        ...['2080175524', '2080175520', 'rose0'],
        { kind: 'circuit', ...numbers, ...calls, channel: 26, neighbour: 12 },
      ],
      [
        ...['2080175524', '', ''],
        { kind: 'circuit', ...none, localCallsign: '', remoteCallsign: '', channel: 0, neighbour: 0 },
      ],
    ],
  );
});

test('an X.25 address of 15 digits is whole, and so is a channel of three', () => {
  const row = '123456789012345 31342002   x25tap0 FFF  1  0  0  0 199   3 200 180 180   256   768 71231';
  for (const [file, header, inode] of [
    ['net/x25/socket', x25Header, 71231],
    ['net/x25', x25Header.replace(' inode', ''), undefined],
  ] as const) {
    assert.deepEqual(shown('x25', file, header, row), [
      {
        ...{ local: '31342002', remote: '123456789012345', device: 'x25tap0' },
        ...{ receiveQueue: 768, sendQueue: 256, inode },
        detail: { kind: 'circuit', sent: 0, received: 0, acknowledged: 0, channel: 0xfff },
      },
    ]);
  }
});

test('only a socket that listens is a server', () => {
  const row = (state: number): string =>
    `31342001   31342002   lapb0 001  ${state}  0  0  0   0   3 200 180 180     0     0 71230`;
  const { rows } = socketsFrom(inMemory('net/x25/socket', lines(x25Header, ...[0, 1, 3, 9].map(row))), 'x25');
  assert.deepEqual(
    rows.map(({ state, isServer }) => [state, isServer]),
    [
      ['LISTENING', true],
      ['SABM_SENT', false],
      ['ESTABLISHED', false],
      ['other', false],
    ],
  );
});

test('a socket whose frames or channel cannot be read is shown without', () => {
  const row = '31342001   31342002   lapb0 0x1  3  1  2  3   0   3 200 180 180     0     0 71230';
  const [withoutChannel, withoutFrames] = shown(
    ...(['x25', 'net/x25/socket', x25Header, row, row.replace('  3  1  2  3', '  3  1  ?  3')] as const),
  );
  assert.deepEqual(withoutChannel?.detail, { kind: 'circuit', sent: 1, received: 2, acknowledged: 3 });
  assert.equal(withoutFrames?.detail, undefined);
});
