/**
 * Connections by the port that they came to, with what the kernel knows of the way to their peers: struct tcp_info in
 * include/uapi/linux/tcp.h. A port has a fixed number of counts, and nothing is kept of a connection.
 */
import type { Memory } from '../collector.ts';
import type { InetRow } from './inet-row.ts';

export interface PortInfo {
  /** Those with most connections first, all that are not told apart last. */
  readonly ports: readonly (readonly [port: string, info: ConnectionInfo])[];
  /** Ports that are not told apart. */
  readonly folded: number;
}

/** All numbers are of the connections that there are now. */
export interface ConnectionInfo {
  readonly connections: number;
  /** Undefined where the kernel does not tell. */
  readonly segmentsSent: number | undefined;
  readonly segmentsRetransmitted: number;
  /** As `percentiles`; empty where nothing was measured yet. */
  readonly roundTripSeconds: readonly number[];
}

export const percentiles = ['50', '90', '99', '100'] as const;

/** What a round trip is told to take is at most half a step from what it takes: a thirty-second part, 3.2 %. */
const STEPS = 16;
const STEP_BITS = 4;
const DOUBLINGS = 32 - STEP_BITS;
const BINS = STEPS + DOUBLINGS * STEPS;
/** Two kilobytes each; connections to other ports are counted together. */
const PORTS_LIMIT = 1024;
const OTHER = 'other';
const MICROSECONDS_PER_SECOND = 1e6;

interface Sums {
  connections: number;
  sent: number;
  retransmitted: number;
  readonly bins: Uint32Array;
}

const noSums = (): Sums => ({ connections: 0, sent: 0, retransmitted: 0, bins: new Uint32Array(BINS) });

export interface PortInfoTally {
  /** A connection; one of which the kernel tells nothing does not count. */
  add(row: InetRow): void;
  /** @param top how many ports are told apart */
  end(memory: Pick<Memory, 'largest'>, top: number): PortInfo;
}

export const portInfoTally = (): PortInfoTally => {
  const ports = new Map<number, Sums>();
  const others = noSums();
  const beyondLimit = new Set<number>();
  let isSentTold = true;

  const sumsOf = (port: number): Sums => {
    const known = ports.get(port);
    if (known !== undefined) return known;
    if (ports.size === PORTS_LIMIT) {
      beyondLimit.add(port);
      return others;
    }
    const sums = noSums();
    ports.set(port, sums);
    return sums;
  };

  const told = ({ connections, sent, retransmitted, bins }: Sums): ConnectionInfo => ({
    connections,
    segmentsSent: isSentTold ? sent : undefined,
    segmentsRetransmitted: retransmitted,
    roundTripSeconds: roundTrips(bins),
  });

  return {
    add({ localPort, roundTripMicroseconds, segmentsSent, segmentsRetransmitted }) {
      if (roundTripMicroseconds < 0) return;
      const sums = sumsOf(localPort);
      sums.connections++;
      sums.retransmitted += segmentsRetransmitted;
      if (segmentsSent < 0) isSentTold = false;
      else sums.sent += segmentsSent;
      // The kernel has measured nothing yet.
      if (roundTripMicroseconds === 0) return;
      const bin = binOf(roundTripMicroseconds);
      sums.bins[bin] = (sums.bins[bin] ?? 0) + 1;
    },
    end({ largest }, top) {
      const totals = Array.from(ports, ([port, { connections }]) => [port, connections] as const);
      const chosen = new Set(largest('port info')(totals, top));
      for (const [port, sums] of ports) if (!chosen.has(port)) merge(others, sums);
      const apart = [...chosen].map(port => [String(port), told(ports.get(port) ?? noSums())] as const);
      return {
        ports: others.connections > 0 ? [...apart, [OTHER, told(others)] as const] : apart,
        folded: ports.size - chosen.size + beyondLimit.size,
      };
    },
  };
};

const merge = (into: Sums, { connections, sent, retransmitted, bins }: Sums): void => {
  into.connections += connections;
  into.sent += sent;
  into.retransmitted += retransmitted;
  bins.forEach((count, bin) => {
    into.bins[bin] = (into.bins[bin] ?? 0) + count;
  });
};

/** Below two steps exact, then so many bins to every doubling. */
const binOf = (value: number): number => {
  if (value < STEPS) return value;
  const doubling = 31 - Math.clz32(value) - STEP_BITS;
  return (doubling + 1) * STEPS + ((value >>> doubling) & (STEPS - 1));
};

/** The middle of the values of a bin. */
const middleOf = (bin: number): number => {
  if (bin < STEPS) return bin;
  const doubling = Math.floor(bin / STEPS) - 1;
  const width = 2 ** doubling;
  return (STEPS + (bin % STEPS)) * width + (width - 1) / 2;
};

/** For each percentile the smallest value that so many are not above. */
const roundTrips = (bins: Uint32Array): readonly number[] => {
  const measured = bins.reduce((sum, count) => sum + count, 0);
  if (measured === 0) return [];
  return percentiles.map(percentile => {
    const rank = Math.ceil((Number(percentile) / 100) * measured);
    let passed = 0;
    const bin = bins.findIndex(count => (passed += count) >= rank);
    return middleOf(bin) / MICROSECONDS_PER_SECOND;
  });
};
