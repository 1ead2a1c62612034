// Protects: a table over netlink comes whole or not at all, never hangs, and leaves no socket open, whatever the kernel does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetlinkError, overSockets } from '../../src/procfs/netlink.ts';
import { done, fakeCalls, framed, INTERRUPTED, refused, SOCKET, type FakeCalls } from '../messages.ts';

const EINTR = 4;
const EAGAIN = 11;

const row = (number: number): Buffer => framed('little', SOCKET, Buffer.of(number, 0, 0, 0));

const dumpOf = (calls: FakeCalls, proceed?: () => void): { isWhole: boolean; numbers: readonly number[] } => {
  const numbers: number[] = [];
  const isWhole = overSockets(calls, 'little').dump(
    Uint8Array.of(1, 2),
    message => {
      numbers.push(message.u8(0));
    },
    proceed,
  );
  return { isWhole, numbers };
};

const refusalOf = (calls: FakeCalls): string => {
  try {
    dumpOf(calls);
  } catch (error) {
    assert.equal(calls.closed(), calls.opened());
    return error instanceof NetlinkError ? `${error.reason}: ${error.message}` : String(error);
  }
  return 'whole';
};

test('datagrams are read until the kernel says that it is done, and the socket is closed', () => {
  const calls = fakeCalls([Buffer.concat([row(1), row(2)]), row(3), done('little')]);
  assert.deepEqual(dumpOf(calls), { isWhole: true, numbers: [1, 2, 3] });
  assert.deepEqual([calls.opened(), calls.closed()], [1, 1]);
  assert.deepEqual(
    Buffer.from(calls.sent[0] ?? []).toString('hex'),
    '1200000014000103010000000000000001' + '02',
  );
});

test('every dump has a socket of its own', () => {
  const calls = fakeCalls([done('little'), done('little')]);
  dumpOf(calls);
  dumpOf(calls);
  assert.deepEqual([calls.opened(), calls.closed(), calls.sent.length], [2, 2, 2]);
});

test('a signal interrupts a call and nothing else, but not for ever', () => {
  const calls = fakeCalls([-EINTR, row(1), -EINTR, -EINTR, done('little')]);
  assert.deepEqual(dumpOf(calls), { isWhole: true, numbers: [1] });
  assert.equal(refusalOf(fakeCalls(new Array<number>(200).fill(-EINTR))), 'io: recv answers with error 4');
});

test('a table that changed meanwhile is told to have done so', () => {
  const changed = framed('little', SOCKET, Buffer.of(1, 0, 0, 0), { flags: INTERRUPTED });
  assert.deepEqual(dumpOf(fakeCalls([changed, done('little')])), { isWhole: false, numbers: [1] });
});

test('what the kernel refuses has a reason', () => {
  assert.equal(refusalOf(fakeCalls([refused('little', 2)])), 'unsupported: the kernel answers with error 2');
  assert.equal(refusalOf(fakeCalls([done('little', 2)])), 'unsupported: the kernel answers with error 2');
  assert.equal(refusalOf(fakeCalls([refused('little', 1)])), 'permission: the kernel answers with error 1');
  assert.equal(refusalOf(fakeCalls([refused('little', 12)])), 'io: the kernel answers with error 12');
  assert.equal(refusalOf(fakeCalls([], { socket: -97 })), 'unsupported: socket answers with error 97');
  assert.equal(refusalOf(fakeCalls([], { socket: -1 })), 'permission: socket answers with error 1');
  assert.equal(
    refusalOf(fakeCalls([], { setTimeout: -22 })),
    'unsupported: setsockopt answers with error 22',
  );
  assert.equal(refusalOf(fakeCalls([], { send: -111 })), 'io: send answers with error 111');
});

test('a kernel that does not answer is not waited for', () => {
  assert.equal(refusalOf(fakeCalls([row(1), -EAGAIN])), 'timeout: recv answers with error 11');
});

test('an answer that is cut, too long or ends too soon is refused', () => {
  assert.match(refusalOf(fakeCalls([row(1).subarray(0, 18)])), /^io: a message of 20 bytes/);
  assert.equal(refusalOf(fakeCalls([Buffer.alloc(70_000)])), 'io: a datagram of 70000 bytes');
  assert.equal(refusalOf(fakeCalls([row(1), 0])), 'io: no more is told, and the end is missing');
});

test('a datagram of nothing but noise does not end the answer, and noise without end is refused', () => {
  const noise = framed('little', SOCKET, Buffer.alloc(4), { sequence: 5 });
  assert.deepEqual(dumpOf(fakeCalls([noise, row(1), done('little')])), { isWhole: true, numbers: [1] });
  const endless = {
    ...fakeCalls([]),
    receive: (_: number, buffer: Uint8Array) => (buffer.set(noise), noise.length),
  };
  assert.match(refusalOf(endless), /^io: more than 1000000 datagrams$/);
});

test('whoever reads may end it before any datagram, and the socket is closed', () => {
  const calls = fakeCalls([row(1), row(2), done('little')]);
  let asked = 0;
  const stop = new Error('enough');
  assert.throws(
    () =>
      dumpOf(calls, () => {
        if (++asked === 2) throw stop;
      }),
    stop,
  );
  assert.deepEqual([calls.opened(), calls.closed()], [1, 1]);
});
