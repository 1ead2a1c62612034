// Protects: IPX and AppleTalk sockets by state, from folders and from the flat files before them, with and without nodes in local addresses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ddp } from '../../../src/collectors/legacy/ddp.ts';
import { ipx } from '../../../src/collectors/legacy/ipx.ts';
import { memory } from '../../../src/procfs/source.ts';
import { inMemory, socketsFrom } from '../../rows.ts';
import { countedIn, lines, littleEndian, readSource, samplesOf } from '../reading.ts';

const ipxHeader = 'Local_Address  Remote_Address              Tx_Queue  Rx_Queue  State  Uid';

test('IPX sockets are connected or not, whatever their local address holds', () => {
  const without = lines(
    ipxHeader,
    '00000010:4003  00000020:00A0C9112233:0451  00000200  00000340  01     000',
    '00000010:4004  Not_Connected               00000000  00000010  07     1000',
  );
  const withNode = without.replaceAll('00000010:400', '00000010:000000000001:400');
  for (const text of [without, withNode]) {
    assert.deepEqual(samplesOf(ipx, text), [
      'socket_receive_memory_bytes{family="ipx",protocol=""} 848',
      'socket_send_memory_bytes{family="ipx",protocol=""} 512',
      'sockets{family="ipx",protocol="",state="ESTABLISHED"} 1',
      'sockets{family="ipx",protocol="",state="UNCONNECTED"} 1',
      'sockets{family="ipx",protocol="",state="other"} 0',
    ]);
  }
});

test('a number of TCP that IPX does not use is counted as other', () => {
  const text = lines(ipxHeader, '00000010:4004  Not_Connected               00000000  00000000  0A     000');
  assert.deepEqual(countedIn(ipx, text), ['sockets{family="ipx",protocol="",state="other"} 1']);
});

const ddpHeader = 'Type Local_addr  Remote_addr Tx_queue Rx_queue St UID';
const ddpRows = [
  '02   FF00:2A:80  0000:00:00  00000000:00000340 07 1000',
  '03   FF00:2A:04  FF00:11:04  00000200:00000000 01 0',
  '0A   FF00:2A:90  0000:00:00  00000010:00000001 0A 0',
];

test('AppleTalk sockets are counted by type and state', () => {
  assert.deepEqual(countedIn(ddp, lines(ddpHeader, ...ddpRows)), [
    'socket_receive_memory_bytes{family="ddp",protocol="dgram"} 832',
    'socket_receive_memory_bytes{family="ddp",protocol="other"} 1',
    'socket_send_memory_bytes{family="ddp",protocol="other"} 16',
    'socket_send_memory_bytes{family="ddp",protocol="raw"} 512',
    'sockets{family="ddp",protocol="dgram",state="UNCONNECTED"} 1',
    'sockets{family="ddp",protocol="other",state="other"} 1',
    'sockets{family="ddp",protocol="raw",state="ESTABLISHED"} 1',
  ]);
  assert.equal(samplesOf(ddp, lines(ddpHeader)).length, 15);
});

test('old kernels have one file in place of the folder, and that of AppleTalk a header in lower case', () => {
  const source = memory(
    {
      'net/ipx': lines(
        ipxHeader,
        '00000010:4004  Not_Connected               00000000  00000000  07     000',
      ),
      'net/appletalk': lines(
        'Type local_addr  remote_addr tx_queue rx_queue st uid',
        '02   FF00:2A:80  0000:00:00  00000000:00000000 07 0',
      ),
    },
    littleEndian,
  );
  assert.deepEqual(readSource(ipx, source).counted, [
    'sockets{family="ipx",protocol="",state="UNCONNECTED"} 1',
  ]);
  assert.deepEqual(readSource(ddp, source).counted, [
    'sockets{family="ddp",protocol="dgram",state="UNCONNECTED"} 1',
  ]);
});

const shown = (name: 'ipx' | 'ddp', file: string, ...text: readonly string[]) =>
  socketsFrom(inMemory(file, lines(...text)), name).rows.map(
    ({ state, isServer, local, localPort, remote, remotePort, receiveQueue, sendQueue, uid, inode }) => [
      ...[state, isServer, local, localPort, remote, remotePort, receiveQueue, sendQueue, uid, inode],
    ],
  );

test('the number of an IPX socket is what stands behind the last colon of its address', () => {
  const rows = [
    '00000010:4003  00000020:00A0C9112233:0451  00000200  00000340  01     000',
    '00000010:000000000001:4004  Not_Connected               00000000  00001A00  07     1000',
    '00000010:4005  Not_Connected               00000000  00000000  0A     65534',
  ];
  assert.deepEqual(shown('ipx', 'net/ipx/socket', ipxHeader, ...rows), [
    [
      ...['ESTABLISHED', false, '00000010', 0x4003, '00000020:00A0C9112233', 0x451],
      ...[0x340, 0x200, 0, undefined],
    ],
    [
      ...['UNCONNECTED', true, '00000010:000000000001', 0x4004, '', undefined],
      ...[0x1a00, 0, 1000, undefined],
    ],
    ['other', false, '00000010', 0x4005, '', undefined, 0, 0, 65534, undefined],
  ]);
});

test('AppleTalk addresses of zeros are none', () => {
  const rows = [...ddpRows, '02   0000:00:00  0000:00:00  00000000:00000000 07 0'];
  assert.deepEqual(shown('ddp', 'net/atalk/socket', ddpHeader, ...rows), [
    ['UNCONNECTED', true, 'FF00:2A', 0x80, '', undefined, 0x340, 0, 1000, undefined],
    ['ESTABLISHED', false, 'FF00:2A', 4, 'FF00:11', 4, 0, 0x200, 0, undefined],
    ['other', false, 'FF00:2A', 0x90, '', undefined, 1, 0x10, 0, undefined],
    ['UNCONNECTED', true, '', undefined, '', undefined, 0, 0, 0, undefined],
  ]);
});

test('an address without a number of a socket is shown without', () => {
  assert.deepEqual(
    shown('ipx', 'net/ipx/socket', ipxHeader, 'nowhere  a:b  00000000  00000000  07     000').map(row =>
      row.slice(2, 6),
    ),
    [['nowhere', undefined, 'a', 0xb]],
  );
});
