// Protects: messages of netlink are read as their sender meant them, in either byte order, and what is cut or foreign is never taken for a number.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Message } from '../../src/text/message.ts';
import { createFrames, dumpRequest, type Ending } from '../../src/text/messages.ts';
import { ParseError } from '../../src/text/parse-error.ts';
import {
  bytesOf,
  DONE,
  done,
  framed,
  INTERRUPTED,
  MULTI,
  refused,
  SOCKET,
  type ByteOrder,
} from '../messages.ts';

interface Read {
  readonly endings: readonly Ending[];
  /** The first number of each message. */
  readonly numbers: readonly number[];
  readonly wasInterrupted: boolean;
}

const readAll = (byteOrder: ByteOrder, ...datagrams: readonly Uint8Array[]): Read => {
  const buffer = Buffer.alloc(4096, 0xaa);
  const message = new Message(byteOrder);
  const numbers: number[] = [];
  const frames = createFrames(buffer, byteOrder, 1, message, each => {
    numbers.push(each.u32(0));
  });
  const endings = datagrams.map(datagram => {
    buffer.set(datagram);
    return frames.datagram(datagram.length);
  });
  return { endings, numbers, wasInterrupted: frames.wasInterrupted() };
};

for (const byteOrder of ['little', 'big'] as const) {
  const payload = (number: string): Buffer => bytesOf(byteOrder, number);

  describe(`${byteOrder}-endian`, () => {
    test('a request has its header, and asks for a dump', () => {
      const request = dumpRequest(20, 7, Uint8Array.of(1, 2, 3, 4), byteOrder);
      assert.deepEqual(
        Buffer.from(request),
        Buffer.concat([
          bytesOf(byteOrder, '00000014', '0014', '0301', '00000007', '00000000'),
          Buffer.of(1, 2, 3, 4),
        ]),
      );
    });

    test('messages of several datagrams are handed over in turn, up to the end', () => {
      const first = [payload('00000001'), payload('fffffffe')].map(each => framed(byteOrder, SOCKET, each));
      const read = readAll(
        ...([byteOrder, Buffer.concat(first)] as const),
        Buffer.concat([framed(byteOrder, SOCKET, payload('00000003')), done(byteOrder)]),
      );
      assert.deepEqual(read, {
        endings: ['more', 'done'],
        numbers: [1, 0xfffffffe, 3],
        wasInterrupted: false,
      });
    });

    test('errors are told by their number, at once or at the end', () => {
      assert.deepEqual(readAll(byteOrder, refused(byteOrder, 2)).endings, [{ errno: 2 }]);
      assert.deepEqual(readAll(byteOrder, done(byteOrder, 93)).endings, [{ errno: 93 }]);
      assert.deepEqual(readAll(byteOrder, refused(byteOrder, 0)).endings, ['done']);
    });

    test('an end without a number is an end', () => {
      assert.deepEqual(readAll(byteOrder, framed(byteOrder, DONE, Buffer.alloc(0))).endings, ['done']);
    });

    test('an interruption is seen on any message', () => {
      const flags = MULTI | INTERRUPTED;
      const row = framed(byteOrder, SOCKET, payload('00000001'), { flags });
      assert.equal(readAll(byteOrder, Buffer.concat([row, done(byteOrder)])).wasInterrupted, true);
      assert.equal(readAll(byteOrder, done(byteOrder, 0, flags)).wasInterrupted, true);
    });

    test('an answer to another request is passed over', () => {
      const foreign = [
        framed(byteOrder, SOCKET, payload('00000009'), { sequence: 2 }),
        framed(byteOrder, 3, payload('00000000'), { sequence: 0 }),
      ];
      const own = framed(byteOrder, SOCKET, payload('00000001'));
      assert.deepEqual(readAll(byteOrder, Buffer.concat([...foreign, own])), {
        endings: ['more'],
        numbers: [1],
        wasInterrupted: false,
      });
    });

    test('what is no message of the kernel is said, and nothing behind it is read', () => {
      const whole = framed(byteOrder, SOCKET, payload('00000001'));
      for (let cut = 1; cut < whole.length; cut++) {
        const { endings, numbers } = readAll(byteOrder, whole.subarray(0, cut));
        assert.ok(typeof endings[0] === 'object' && 'malformed' in endings[0], `cut at ${cut}`);
        assert.deepEqual(numbers, []);
      }
      for (const length of [0, 15, 0xffffffff]) {
        const { endings } = readAll(byteOrder, framed(byteOrder, SOCKET, payload('00000001'), { length }));
        assert.ok(typeof endings[0] === 'object' && 'malformed' in endings[0], `a length of ${length}`);
      }
      assert.deepEqual(readAll(byteOrder, framed(byteOrder, 4, payload('00000000'))).endings, [
        { malformed: 'the kernel lost a part of the answer' },
      ]);
    });

    test('numbers are in the order of the machine, ports in that of the network', () => {
      const message = messageOf(byteOrder, Buffer.concat([payload('01020304'), Buffer.from('1f90', 'hex')]));
      assert.equal(message.u32(0), 0x01020304);
      assert.equal(message.port(4), 8080);
      assert.equal(message.u8(5), 0x90);
    });

    test('attributes are found by their type, whatever stands before them', () => {
      const attributes = Buffer.concat([
        bytesOf(byteOrder, '0005', '0008', '00000001'),
        // Nested, by its flag, and empty.
        bytesOf(byteOrder, '0004', '8009'),
        bytesOf(byteOrder, '0008', '0007', '0000002a'),
      ]);
      const message = messageOf(byteOrder, Buffer.concat([payload('00000000'), attributes]));
      const at = message.attribute(4, 7, 4);
      assert.equal(at, 20);
      assert.equal(message.u32(at), 42);
      assert.equal(message.attribute(4, 9, 0), 16);
      assert.equal(message.attribute(4, 7, 5), -1, 'too short for what is asked for');
      assert.equal(message.attribute(4, 1, 0), -1);
    });
  });
}

test('a number beyond the end is an error with the place, never what the buffer holds there', () => {
  const message = messageOf('little', Buffer.alloc(6));
  for (const read of [
    () => message.u32(3),
    () => message.u8(6),
    () => message.port(5),
    () => message.u32(99),
  ]) {
    assert.throws(read, (error: unknown) => error instanceof ParseError && error.line === 7);
  }
});

test('an attribute of an impossible length is an error', () => {
  for (const length of ['0000', '0003', '0009', 'ffff']) {
    const message = messageOf('big', bytesOf('big', length, '0001', '00000000'));
    assert.throws(() => message.attribute(0, 2, 0), ParseError, length);
  }
});

/** In the middle of a buffer, as it is when it was received. */
const messageOf = (byteOrder: ByteOrder, payload: Uint8Array): Message => {
  const bytes = Buffer.concat([Buffer.alloc(5, 0xee), payload, Buffer.alloc(50, 0xee)]);
  const message = new Message(byteOrder);
  message.borrow(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 5, 5 + payload.length, 7);
  return message;
};
