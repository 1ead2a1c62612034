// Protects: round trips and segments by port are those of the connections there are, within the error that is stated, and take the same memory for any number of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InetRow } from '../../../src/collectors/sockets/inet-row.ts';
import { percentiles, portInfoTally, type PortInfo } from '../../../src/collectors/sockets/port-info.ts';
import { createMemories } from '../../../src/snapshot/memory.ts';
import { ParseError } from '../../../src/text/parse-error.ts';

const RELATIVE_ERROR = 0.032;

interface Connection {
  readonly port?: number;
  readonly roundTrip: number;
  readonly sent?: number;
  readonly retransmitted?: number;
}

const rowOf = ({ port = 443, roundTrip, sent = 0, retransmitted = 0 }: Connection): InetRow => {
  const row = new InetRow({
    ...{ local: () => '', remote: () => '', lacksRemote: () => false, peerFingerprint: () => 0 },
    ...{ probes: () => undefined, unknownState: () => new ParseError('', 0) },
  });
  row.localPort = port;
  row.roundTripMicroseconds = roundTrip;
  row.segmentsSent = sent;
  row.segmentsRetransmitted = retransmitted;
  return row;
};

const told = (connections: readonly Connection[], top = 64): PortInfo => {
  const tally = portInfoTally();
  for (const each of connections) tally.add(rowOf(each));
  return tally.end(createMemories()('tcp'), top);
};

test('every percentile is the round trip of that rank, within the error that is stated', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 0xffff_ffff }), { minLength: 1, maxLength: 300 }),
      trips => {
        const [first] = told(trips.map(roundTrip => ({ roundTrip }))).ports;
        const sorted = trips.toSorted((a, b) => a - b);
        percentiles.forEach((percentile, i) => {
          const exact = (sorted[Math.ceil((Number(percentile) / 100) * trips.length) - 1] ?? NaN) / 1e6;
          const seconds = first?.[1].roundTripSeconds[i] ?? NaN;
          assert.ok(
            Math.abs(seconds - exact) <= exact * RELATIVE_ERROR,
            `${percentile}: ${seconds}, ${exact}`,
          );
        });
      },
    ),
  );
});

test('segments and connections are sums by port', () => {
  const { ports, folded } = told([
    { port: 443, roundTrip: 10, sent: 100, retransmitted: 3 },
    { port: 443, roundTrip: 10, sent: 50 },
    { port: 22, roundTrip: 8, sent: 1, retransmitted: 1 },
  ]);
  const trip = (microseconds: number): readonly number[] => percentiles.map(() => microseconds / 1e6);
  assert.deepEqual(ports, [
    ['443', { connections: 2, segmentsSent: 150, segmentsRetransmitted: 3, roundTripSeconds: trip(10) }],
    ['22', { connections: 1, segmentsSent: 1, segmentsRetransmitted: 1, roundTripSeconds: trip(8) }],
  ]);
  assert.equal(folded, 0);
});

test('what the kernel does not tell is absent: all of a connection, its segments, or a round trip before it was measured', () => {
  assert.deepEqual(told([{ roundTrip: -1, sent: -1 }]).ports, []);
  const [old] = told([{ roundTrip: 9, sent: -1, retransmitted: 2 }]).ports;
  assert.deepEqual([old?.[1].segmentsSent, old?.[1].segmentsRetransmitted], [undefined, 2]);
  const [unmeasured] = told([{ roundTrip: 0, sent: 4 }]).ports;
  assert.deepEqual([unmeasured?.[1].connections, unmeasured?.[1].roundTripSeconds], [1, []]);
});

test('ports beyond those that are told apart are one, with the round trips of all of them', () => {
  const connections = [1, 1, 1, 2, 2, 3].map(port => ({ port, roundTrip: port * 1000, sent: port }));
  const { ports, folded } = told(connections, 1);
  assert.deepEqual(
    ports.map(([port, { connections: count, segmentsSent }]) => [port, count, segmentsSent]),
    [
      ['1', 3, 3],
      ['other', 3, 7],
    ],
  );
  assert.equal(folded, 2);
  const [median, , , slowest] = ports[1]?.[1].roundTripSeconds ?? [];
  assert.ok(Math.abs((median ?? 0) - 0.002) < 0.0001 && Math.abs((slowest ?? 0) - 0.003) < 0.0001);
});

test('so many ports have counts of their own, and no connection is lost beyond', () => {
  const connections = Array.from({ length: 3000 }, (_, i) => ({ port: i + 1, roundTrip: 5, sent: 1 }));
  const { ports, folded } = told(connections, 2);
  assert.equal(
    ports.reduce((sum, [, info]) => sum + info.connections, 0),
    3000,
  );
  assert.deepEqual([ports.length, folded], [3, 2998]);
});
