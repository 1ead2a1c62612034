// Protects: sockets of AX.25, NET/ROM, ROSE and X.25 are printed as netstat prints them, but for what it cannot read.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SocketDetail } from '../../../src/collectors/rows.ts';
import { circuitHeadings, circuitLine, type CircuitFamily } from '../../../src/faces/netstat/circuits.ts';
import { hostNames, oracle } from '../../hosts.ts';
import { socketsOfHost, type KeptSocket } from '../../rows.ts';
import { socketOf } from './sockets.ts';

const collectorOf = { ax25: 'ax25', netrom: 'nr', rose: 'rose', x25: 'x25' } as const;

/** What netstat would print if it printed this row as it does. */
type Fault = (host: string, socket: KeptSocket) => KeptSocket;

const channelOf = ({ detail }: KeptSocket): number =>
  (detail?.kind === 'circuit' ? detail.channel : undefined) ?? 0;

/** Netstat reads the digits of the channel as those of a decimal number. */
const channelInDecimal = (socket: KeptSocket): KeptSocket => ({
  ...socket,
  ...(socket.detail?.kind === 'circuit' && {
    detail: { ...socket.detail, channel: Number(channelOf(socket).toString(16)) },
  }),
});

const faults: Readonly<Record<CircuitFamily, Fault>> = {
  // It prints 0 for the queues of a link that has no socket. Before 2.1 it prints 0 for those of all, since it does not know `dama`.
  ax25: (host, socket) =>
    host === 'kernel-2.2' || socket.sendQueue === undefined
      ? { ...socket, sendQueue: 0, receiveQueue: 0 }
      : socket,
  netrom: (_, socket) => socket,
  rose: (_, socket) => channelInDecimal(socket),
  x25: (_, socket) => channelInDecimal(socket),
};

/** A channel with a letter in it ends its reading, and a long address shifts it: it prints what it has of the row before. */
const isBeyondNetstat = (family: CircuitFamily, socket: KeptSocket): boolean =>
  family === 'x25' && (/[a-f]/.test(channelOf(socket).toString(16)) || socket.remote.length > 10);

/** It clears the first address of a row of ROSE before it prints it. */
const asNetstatPrints = (family: CircuitFamily, line: string): string =>
  family === 'rose' ? ' '.repeat(10) + line.slice(10) : line;

describe('netstat -A, of every captured host where it was asked', () => {
  for (const family of ['ax25', 'netrom', 'rose', 'x25'] as const) {
    const asked = hostNames.filter(host => oracle(host, `netstat-${family}`) !== undefined);

    test(`some host says what ${family} should be`, () => {
      assert.ok(asked.length > 0);
    });

    for (const host of asked) {
      test(`${host}: ${family}`, () => {
        const theirs = oracle(host, `netstat-${family}`)?.split('\n').slice(0, -1) ?? [];
        const { rows } = socketsOfHost(host, collectorOf[family]);
        assert.deepEqual(theirs.slice(0, 2), circuitHeadings(family));
        assert.equal(theirs.length, 2 + rows.length);
        const ours = rows.map(row =>
          asNetstatPrints(family, circuitLine(family, socketOf(faults[family](host, row)))),
        );
        const readable = rows.map(row => !isBeyondNetstat(family, row));
        assert.deepEqual(
          ours.filter((_, i) => readable[i]),
          theirs.slice(2).filter((_, i) => readable[i]),
        );
      });
    }
  }

  test('it can read most rows of X.25', () => {
    const rows = ['ham', 'kernel-2.2', 'kernel-2.4'].flatMap(host => socketsOfHost(host, 'x25').rows);
    assert.equal(rows.filter(row => isBeyondNetstat('x25', row)).length, 4);
    assert.equal(rows.length, 14);
  });
});

const frames = { sent: 1, received: 2, acknowledged: 0 };
const circuit = (more: Partial<SocketDetail & { kind: 'circuit' }> = {}): SocketDetail => ({
  ...{ kind: 'circuit', ...frames },
  ...more,
});

test('a channel is printed as the number that it is', () => {
  const lines = [0xa, 0xfff].map(channel =>
    circuitLine(
      'x25',
      socketOf({
        ...{ family: 'x25', state: 'ESTABLISHED', local: '31342002', remote: '123456789012345' },
        ...{ device: 'x25tap0', sendQueue: 0, receiveQueue: 12, detail: circuit({ channel }) },
      }),
    ),
  );
  assert.deepEqual(lines, [
    '123456789012345 31342002        x25tap0 10   ESTABLISHED  02/01  0       12    ',
    '123456789012345 31342002        x25tap0 4095  ESTABLISHED  02/01  0       12    ',
  ]);
});

test('ROSE has its destination, and marks for what is not there', () => {
  const detail = circuit({ localCallsign: '', remoteCallsign: '', channel: 0, neighbour: 0 });
  const rose = { family: 'rose', state: 'LISTENING', device: '' } as const;
  assert.deepEqual(
    [
      socketOf({ ...rose, local: '2080192203', detail }),
      socketOf({
        ...{ ...rose, state: 'ESTABLISHED', device: 'rose0', local: '2080175524', remote: '2080175520' },
        detail: {
          ...circuit({ localCallsign: 'F4BWT-0', remoteCallsign: 'F6BVP-9', channel: 10, neighbour: 2 }),
        },
      }),
    ].map(socket => circuitLine('rose', socket)),
    [
      '*           *          2080192203  ??????-?  ???     0     0   LISTENING',
      '2080175520  F6BVP-9    2080175524  F4BWT-0   rose0  10     2   ESTABLISHED',
    ],
  );
});

test('states have the words of netstat, and those that it does not know words of the same kind', () => {
  const word = (family: CircuitFamily, state: string): string =>
    circuitLine(family, socketOf({ family, state, local: 'A-0', remote: 'B-0', device: 'd' }))
      .slice(family === 'x25' ? 45 : 29)
      .trim()
      .replace(/ {2}.*/, '');
  assert.deepEqual(
    ['SABM_SENT', 'DISC_SENT', 'RECOVERY', 'other'].map(state => word('ax25', state)),
    ['SABM SENT', 'DISC SENT', 'RECOVERY', 'UNKNOWN'],
  );
  assert.deepEqual(
    ['SABM_SENT', 'DEFERRED', 'other'].map(state => word('x25', state)),
    ['SABM_SENT', 'DEFERRED', 'UNKNOWN'],
  );
});

test('what is not told is a dash', () => {
  const nothing = { state: 'ESTABLISHED', local: 'A-0', remote: 'B-0' };
  assert.equal(
    circuitLine('ax25', socketOf({ family: 'ax25', ...nothing })),
    'B-0        A-0        -       ESTABLISHED    -/  -  -       -     ',
  );
  assert.equal(
    circuitLine('netrom', socketOf({ family: 'netrom', ...nothing })),
    '*          B-0        A-0        -       ESTABLISHED    -/  -  -       -     ',
  );
  assert.equal(
    circuitLine('x25', socketOf({ family: 'x25', ...nothing })),
    'B-0             A-0             -       -    ESTABLISHED   -/ -  -       -     ',
  );
  assert.equal(
    circuitLine('rose', socketOf({ family: 'rose', ...nothing })),
    'B-0         *          A-0         ??????-?  -       -     -   ESTABLISHED',
  );
});

test('a callsign is bytes that somebody sent by radio, and cannot write to the terminal', () => {
  const line = circuitLine(
    'netrom',
    socketOf({
      ...{
        family: 'netrom',
        state: 'ESTABLISHED',
        local: 'A\u001b[2J',
        remote: '\u202eB',
        device: 'n\u0007',
      },
      detail: circuit({ user: 'C\u0000' }),
    }),
  );
  assert.equal(line, 'C\\x00      \\u{202e}B  A\\x1b[2J   n\\x07   ESTABLISHED  002/001  -       -     ');
});
