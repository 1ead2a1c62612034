// Protects: what a kernel file says of a netlink socket steers no terminal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { netlinkLine } from '../../../src/faces/netstat/packet-and-netlink.ts';
import { socketOf } from './sockets.ts';

test('control characters in the groups of a netlink socket are told by their numbers', () => {
  const socket = socketOf({
    ...{ family: 'netlink', state: '', protocol: 'route', receiveQueue: 0, sendQueue: 0, inode: 16 },
    detail: { kind: 'netlink', portId: 547, groups: '000\u001b[31m', drops: 0 },
  });
  const line = netlinkLine(
    socket,
    { extended: true, programs: false, timers: false, wide: true },
    () => undefined,
  );
  assert.match(line, /^netlink +0 +0 route +547 +000\\x1b\[31m 0 +16/);
});
