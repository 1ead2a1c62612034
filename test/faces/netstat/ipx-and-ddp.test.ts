// Protects: sockets of IPX are printed as netstat prints them, but for what it mistakes, and those of AppleTalk in the same manner.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ddpHeadings, ddpLine, ipxHeadings, ipxLine } from '../../../src/faces/netstat/ipx-and-ddp.ts';
import { numbers } from '../../../src/faces/netstat/names.ts';
import { hostNames, oracle } from '../../hosts.ts';
import { socketsOfHost, type KeptSocket } from '../../rows.ts';
import { socketOf } from './sockets.ts';

/** It takes the number of a socket, which the kernel prints for people, for one in the order of bytes of the network. */
const swapped = (port: number | undefined): number | undefined =>
  port === undefined ? undefined : ((port & 0xff) << 8) | (port >>> 8);

/** What netstat makes of a row: also, Recv-Q and Send-Q stand below each other's heading. */
const mistaken = (socket: KeptSocket): KeptSocket => ({
  ...socket,
  ...{ localPort: swapped(socket.localPort), remotePort: swapped(socket.remotePort) },
  ...{ receiveQueue: socket.sendQueue, sendQueue: socket.receiveQueue },
  // It reads the number of the state as a decimal one, and nothing behind it where that has a letter.
  uid: socket.state === 'other' ? 0 : socket.uid,
});

/** It takes no network 0, and then prints nothing of the address. */
const withoutNetworkZero = (line: string): string =>
  line.replace(/(?<= )(00000000(?::[0-9A-F]{12})?)(:[0-9A-F]{4} *)/, (_, address: string, port: string) =>
    port.padEnd(port.length + address.length),
  );

describe('netstat -A ipx, of every captured host where it was asked', () => {
  for (const [name, extended] of [
    ['netstat-ipx', false],
    ['netstat-ipx-e', true],
  ] as const) {
    const asked = hostNames.filter(host => oracle(host, name) !== undefined);

    test(`some host has ${name}`, () => {
      assert.ok(asked.length > 0);
    });

    for (const host of asked) {
      test(`${host}: ${name}`, () => {
        const ours = socketsOfHost(host, 'ipx').rows.map(row =>
          withoutNetworkZero(ipxLine(socketOf(mistaken(row)), { extended }, numbers)),
        );
        const theirs = oracle(host, name)?.split('\n').slice(0, -1);
        assert.deepEqual([...ipxHeadings({ extended }), ...ours], theirs);
      });
    }
  }
});

const ipx = { family: 'ipx', state: 'ESTABLISHED', local: '00000010', localPort: 0x4003 } as const;
const remote = { remote: '00000020:00A0C9112233', remotePort: 0x451 };

test('queues are below their headings, numbers of sockets as the kernel prints them, and no network is a network', () => {
  assert.deepEqual(
    [
      socketOf({ ...ipx, ...remote, receiveQueue: 832, sendQueue: 512, uid: 1000 }),
      socketOf({ ...ipx, state: 'UNCONNECTED', local: '00000000:00A0C9ABCDEF', localPort: 4, uid: 0 }),
      socketOf({ ...ipx, state: 'other', local: '', localPort: undefined }),
    ].map(socket => ipxLine(socket, { extended: true }, numbers)),
    [
      'IPX      832    512 00000010:4003              00000020:00A0C9112233:0451 ESTAB 1000      ',
      'IPX        -      - 00000000:00A0C9ABCDEF:0004 -                                0         ',
      'IPX        -      - -                          -                          UNK.  -         ',
    ],
  );
});

test('AppleTalk has the columns of IPX and the type, and its numbers of sockets have two digits', () => {
  const ddp = { family: 'ddp', local: 'FF00:2A', receiveQueue: 832, sendQueue: 0, uid: 1000 } as const;
  assert.deepEqual(ddpHeadings({ extended: true }), [
    'Active DDP sockets',
    'Proto Recv-Q Send-Q Local Address              Foreign Address            Type  State User',
  ]);
  assert.deepEqual(
    [
      socketOf({ ...ddp, protocol: 'dgram', state: 'UNCONNECTED', localPort: 4 }),
      socketOf({
        ...{ ...ddp, protocol: 'raw', state: 'ESTABLISHED', localPort: 0x80 },
        ...{ remote: 'FF00:11', remotePort: 0xfd },
      }),
      socketOf({ ...ddp, protocol: 'other', state: 'other', localPort: 0x90 }),
    ].map(socket => ddpLine(socket, { extended: true }, numbers)),
    [
      'DDP      832      0 FF00:2A:04                 -                          DGRAM       1000      ',
      'DDP      832      0 FF00:2A:80                 FF00:11:FD                 RAW   ESTAB 1000      ',
      'DDP      832      0 FF00:2A:90                 -                          UNK.  UNK.  1000      ',
    ],
  );
});

test('every captured socket of AppleTalk has a line with its addresses', () => {
  const rows = ['ham', 'kernel-2.2', 'kernel-2.4'].flatMap(host => socketsOfHost(host, 'ddp').rows);
  assert.equal(rows.length, 12);
  const lines = rows.map(row => ddpLine(socketOf(row), { extended: false }, numbers));
  assert.deepEqual(
    lines.filter(line => !/^DDP +\d+ +\d+ [0-9A-F]{4}:[0-9A-F]{2}:[0-9A-F]{2} /.test(line)),
    [],
  );
});

test('the headings name the user only where there is a column of users', () => {
  for (const headings of [ipxHeadings, ddpHeadings]) {
    assert.match(headings({ extended: true }).at(-1) ?? '', / State User$/);
    assert.match(headings({ extended: false }).at(-1) ?? '', / State$/);
  }
});

test('names of users stand in the place of their numbers, and cannot write to the terminal', () => {
  const names = { ...numbers, user: (uid: number) => (uid === 0 ? 'root' : 'a\u001bb') };
  const user = (uid: number): string | undefined =>
    ipxLine(socketOf({ ...ipx, uid }), { extended: true }, names).slice(-10);
  assert.deepEqual([user(0), user(7)], ['root      ', 'a\\x1bb    ']);
});
