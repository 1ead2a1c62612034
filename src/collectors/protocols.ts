/**
 * /proc/net/protocols: one line a protocol of any address family, printed by proto_seq_printf() in net/core/sock.c. It
 * counts the sockets of families that have no list of their own, such as MPTCP, VSOCK, SMC, TIPC, ALG and KCM.
 * Sockets are those of the network namespace, memory is that of the whole host.
 */
import { headed, requiredColumn } from '../text/headed.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector, familyOf } from './collector.ts';

interface Protocol {
  /** Undefined where the protocol does not count them. */
  readonly sockets: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly isUnderPressure: boolean | undefined;
}

/** By the kernel's own name, `TCPv6` or `UNIX-STREAM`. */
type Protocols = ReadonlyMap<string, Protocol>;

const pressures: ReadonlyMap<string, boolean | undefined> = new Map([
  ['yes', true],
  ['no', false],
  ['NI', undefined],
]);

const protocolLines = (header: Line, pageSizeBytes: number): Fold<Line, Protocols> => {
  const socketsColumn = requiredColumn(header, 'sockets');
  const memoryColumn = requiredColumn(header, 'memory');
  const pressureColumn = requiredColumn(header, 'press');
  const protocols = new Map<string, Protocol>();

  /** What a protocol does not count is printed as -1. */
  const counted = (line: Line, column: number): number | undefined => {
    const number = line.signed(column);
    return number < 0 ? undefined : number;
  };

  return {
    add(line) {
      const sockets = counted(line, socketsColumn);
      const pages = counted(line, memoryColumn);
      const pressure = line.text(pressureColumn);
      if (!pressures.has(pressure)) throw line.wrong(pressureColumn, 'expected "yes", "no" or "NI"');
      protocols.set(line.text(0), {
        sockets,
        memoryBytes: pages === undefined ? undefined : pages * pageSizeBytes,
        isUnderPressure: pressures.get(pressure),
      });
    },
    end: () => protocols,
  };
};

const metric = familyOf<Protocols>();

/** The kernel can count as many. */
const PROTOCOLS_LIMIT = 64;

export const protocols = collector({
  name: 'protocols',
  file: 'net/protocols',
  about:
    'Sockets of every protocol that the kernel knows, those without a list of their own included, and their memory.',
  fold: ({ machine }) => headed('protocol', header => protocolLines(header, machine.pageSizeBytes)),
  families: [
    metric({
      name: 'protocol_sockets',
      kind: 'gauge',
      help: "Sockets by the kernel's name of their protocol, those of protocols that have no table included; growth without end is a leak (sockets of net/protocols).",
      labels: [{ name: 'protocol', limit: PROTOCOLS_LIMIT, surplus: 'other' }],
      sample(protocols, emit) {
        for (const [name, { sockets }] of protocols) if (sockets !== undefined) emit(sockets, name);
      },
    }),
    metric({
      name: 'protocol_memory_bytes',
      kind: 'gauge',
      help: 'Memory of all socket buffers of the protocol on the whole host; protocols that share an account, as TCP, TCPv6 and MPTCP do, show the same sum each, so never add them up (memory of net/protocols).',
      labels: [{ name: 'protocol', limit: PROTOCOLS_LIMIT, surplus: 'left out' }],
      sample(protocols, emit) {
        for (const [name, { memoryBytes }] of protocols) {
          if (memoryBytes !== undefined) emit(memoryBytes, name);
        }
      },
    }),
    metric({
      name: 'protocol_memory_pressure',
      kind: 'gauge',
      help: 'Whether the protocol is short of memory on the whole host: while it is 1 the kernel shrinks buffers and may drop (press of net/protocols, no series for protocols that have no such state).',
      labels: [{ name: 'protocol', limit: PROTOCOLS_LIMIT, surplus: 'left out' }],
      sample(protocols, emit) {
        for (const [name, { isUnderPressure }] of protocols) {
          if (isUnderPressure !== undefined) emit(Number(isUnderPressure), name);
        }
      },
    }),
  ],
});
