/** Prints every socket of tcp, udp, udplite and raw that the namespace has, one a line and sorted, read the way that is named. */
import { collectors } from '../../src/collectors/index.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import type { Socket } from '../../src/collectors/rows.ts';
import { thisMachine } from '../../src/procfs/machine.ts';
import { loadNetlink } from '../../src/procfs/netlink.ts';
import { directory } from '../../src/procfs/source.ts';
import type { ReaderChoice } from '../../src/snapshot/outcome.ts';
import { createReadSockets } from '../../src/snapshot/read-sockets.ts';
import { readRows } from '../../src/snapshot/rows.ts';

const reader = process.argv[2] as ReaderChoice;
const machine = thisMachine();
const both: readonly Collector<string, unknown>[] = collectors.filter(
  ({ overNetlink }: Collector<string, unknown>) => overNetlink?.rows !== undefined,
);
const read = createReadSockets(
  Object.fromEntries(both.map(({ name }) => [name, reader])),
  (await loadNetlink(machine.byteOrder)) ?? 'package',
);
const rows: string[] = [];

/**
 * What the one way tells and the other does not is left out: the probes of a timer that counts something else, and whose a
 * connection is that nobody accepted. Of timers that run, what is left differs by the time between two readings.
 */
const offer = (socket: Socket): void => {
  const { family, protocol, state, receiveQueue, sendQueue, localPort, remotePort, uid, inode } = socket;
  const { timer, detail } = socket;
  const isRequest = state === 'SYN_RECV';
  const told = [
    ...[family, protocol, state, `${socket.local()}:${localPort}`, `${socket.remote()}:${remotePort}`],
    ...[receiveQueue, sendQueue, isRequest ? '' : uid, inode, socket.isServer],
    ...[timer?.kind, isRequest ? '' : timer?.retransmits],
    ...[timer?.kind === 'probe' || timer?.kind === 'keepalive' ? Math.sign(timer.probes ?? -1) : ''],
    JSON.stringify(detail),
  ];
  rows.push(told.join(' '));
};

const source = directory({ procfs: '/proc', sysfs: '/sys' }, machine);
for (const collector of both) {
  const outcome = readRows(collector, source, { sockets: offer }, read);
  if (outcome?.status === 'failed') throw new Error(outcome.message);
}
process.stdout.write(
  rows
    .sort()
    .map(row => `${row}\n`)
    .join(''),
);
