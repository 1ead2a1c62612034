/**
 * /proc/PID/fd: whose the sockets are that the other collectors met in the same reading. The links are printed by sockfs_dname() in
 * net/socket.c; of a socket that several processes share the oldest counts.
 */
import type { AddressFamily } from '../metrics/label.ts';
import { collector, familyOf } from './collector.ts';
import {
  closeWaitAges,
  unownedReasons,
  type ProgramCloseWait,
  type Programs,
  type Remembered,
} from './owned-sockets.ts';
import { UNTOLD } from './sockets/families.ts';
import { datagramStates, packetProtocols, tcpStates, unixProtocols, unixStates } from './sockets/states.ts';

const metric = familyOf<Programs>();

const listenerLabels = [
  { name: 'family', values: ['inet', 'inet6'] },
  { name: 'protocol', values: ['tcp'] },
  { name: 'address', limit: 256, surplus: 'left out' },
  { name: 'port', with: 'address' },
  { name: 'program', with: 'address' },
] as const;

const byProgram = { name: 'program', limit: 64, surplus: 'other' } as const;

const socketsOf = (family: AddressFamily, protocol: string, states: readonly string[]) =>
  metric({
    name: 'program_sockets',
    kind: 'gauge',
    help: 'Sockets by the program that holds them, with an empty program where none is known: CLOSE_WAIT that grows here is the leak, and this is who leaks; a socket that several processes share counts once (links in PID/fd, rows of net/tcp and its siblings).',
    labels: [
      byProgram,
      { name: 'family', values: [family] },
      { name: 'protocol', values: [protocol] },
      { name: 'state', values: states },
    ],
    sample({ tables, counts, emptied }, emit) {
      const table = tables.find(each => each.family === family && each.protocol === protocol);
      if (table === undefined) return;
      const { base } = table;
      for (const { program, sockets } of counts) {
        if (!states.some((_, i) => (sockets[base + i] ?? 0) > 0)) continue;
        states.forEach((state, i) => {
          const count = sockets[base + i] ?? 0;
          if (count > 0 || state === 'CLOSE_WAIT') emit(count, program, family, protocol, state);
        });
      }
      for (const { program, cell } of emptied) {
        const state = states[cell - base];
        if (state !== undefined) emit(0, program, family, protocol, state);
      }
    },
  });

const ofCloseWait = (
  { name, help }: { readonly name: string; readonly help: string },
  value: (each: ProgramCloseWait) => number | undefined,
) =>
  metric({
    name: `program_close_wait_${name}`,
    kind: 'gauge',
    help,
    labels: [byProgram],
    sample({ closeWait }, emit) {
      for (const each of closeWait) {
        const number = value(each);
        if (number !== undefined) emit(number, each.program);
      }
    },
  });

const ofExporter = (
  { name, help }: { readonly name: string; readonly help: string },
  value: (remembered: Remembered) => number,
) =>
  metric({
    name,
    kind: 'gauge',
    help,
    labels: [],
    sample({ remembered }, emit) {
      if (remembered !== undefined) emit(value(remembered));
    },
  });

export const programs = collector({
  name: 'programs',
  file: 'PID/fd',
  ofSockets: true,
  about: 'Whose the sockets are: sockets, CLOSE_WAIT with its age, and listeners by program.',
  fold: ({ ledger }) => ({
    add: () => undefined,
    end() {
      if (ledger === undefined) throw new Error('nobody told of any socket');
      return ledger.settle();
    },
  }),
  folded: ({ folded }: Programs) => folded,
  note: ({ wasRefused }: Programs) =>
    wasRefused
      ? 'the owners of sockets of other users cannot be read: that takes root, or CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH'
      : undefined,
  families: [
    ...(['inet', 'inet6'] as const).flatMap(family => [
      socketsOf(family, 'tcp', tcpStates),
      ...(['udp', 'udplite', 'raw', 'icmp'] as const).map(protocol =>
        socketsOf(family, protocol, datagramStates),
      ),
    ]),
    ...Object.values(unixProtocols).map(protocol => socketsOf('unix', protocol, unixStates)),
    ...packetProtocols.map(protocol => socketsOf('packet', protocol, [UNTOLD])),
    metric({
      name: 'program_close_wait_sockets',
      kind: 'gauge',
      help: 'CLOSE_WAIT sockets by program and by what it did: "unread" has not even read the end of stream (a stuck reader), "read" has and never closed (a leaked descriptor) (links in PID/fd, st 08 in net/tcp and net/tcp6).',
      labels: [byProgram, { name: 'eof', values: ['unread', 'read'] }],
      sample({ closeWait }, emit) {
        for (const { program, unread, read } of closeWait) {
          emit(unread, program, 'unread');
          emit(read, program, 'read');
        }
      },
    }),
    ofCloseWait(
      {
        name: 'oldest_seconds',
        help: "Time since this exporter first saw the oldest of the program's CLOSE_WAIT sockets in that state: at least that old, since it may have been so before; see netstat_close_wait_watched_seconds (links in PID/fd, st 08 in net/tcp and net/tcp6).",
      },
      ({ oldestSeconds }) => oldestSeconds,
    ),
    metric({
      name: 'program_close_wait_older_than_sockets',
      kind: 'gauge',
      help: 'CLOSE_WAIT sockets that this exporter has seen in that state for longer than so many seconds: what is older than a request takes will not go away by itself (links in PID/fd, st 08 in net/tcp and net/tcp6).',
      labels: [byProgram, { name: 'seconds', values: closeWaitAges.map(seconds => `${seconds}` as const) }],
      sample({ closeWait }, emit) {
        for (const { program, olderThan } of closeWait) {
          closeWaitAges.forEach((seconds, i) => {
            emit(olderThan[i] ?? 0, program, `${seconds}`);
          });
        }
      },
    }),
    ofCloseWait(
      {
        name: 'descriptor_ratio',
        help: "The highest share of a process's soft limit of descriptors that its CLOSE_WAIT sockets hold: at 1 it can open nothing any more (links in PID/fd, Max open files in PID/limits, st 08 in net/tcp and net/tcp6).",
      },
      ({ descriptorRatio }) => descriptorRatio,
    ),
    metric({
      name: 'sockets_without_owner',
      kind: 'gauge',
      help: 'Sockets that no process is known to hold: "kernel" ones have none (TIME_WAIT, SYN_RECV, closed and not finished, not accepted yet), "permission" ones are not ours to see, "budget" ones were not found in time, "vanished" ones are in no process (on their way from one to another, of the kernel itself as those of tunnels are, or of a process outside this proc) (links in PID/fd, inode of net/tcp and its siblings).',
      labels: [{ name: 'reason', values: unownedReasons }],
      sample({ tables, unowned }, emit) {
        // A part of the sockets is a wrong number.
        if (tables.length === 0 || tables.some(({ untold }) => untold !== undefined)) return;
        for (const reason of unownedReasons) emit(unowned[reason], reason);
      },
    }),
    metric({
      name: 'listener_accept_queue_length',
      kind: 'gauge',
      help: 'Connections that wait for their program to accept them; at the limit of the queue new ones are dropped. Listeners of one program that share address and port are added up (rx_queue of LISTEN rows of net/tcp and net/tcp6).',
      labels: listenerLabels,
      sample({ listeners }, emit) {
        for (const { family, address, port, program, queueLength } of listeners) {
          if (family === 'inet' || family === 'inet6')
            emit(queueLength, family, 'tcp', address, port, program);
        }
      },
    }),
    metric({
      name: 'listener_accept_queue_limit',
      kind: 'gauge',
      help: 'How many connections may wait for their program to accept them: the backlog that it asked for, at most net.core.somaxconn; there is room for one more. Only where sockets are read over netlink, as no kernel file tells it; listeners of one program that share address and port are added up (idiag_wqueue of sock_diag, rows of net/tcp and net/tcp6).',
      labels: listenerLabels,
      sample({ listeners }, emit) {
        for (const { family, address, port, program, queueLimit } of listeners) {
          if (queueLimit !== undefined && (family === 'inet' || family === 'inet6'))
            emit(queueLimit, family, 'tcp', address, port, program);
        }
      },
    }),
    ofExporter(
      {
        name: 'close_wait_watched_seconds',
        help: 'How long this exporter has watched: no CLOSE_WAIT socket is told to be older than that (links in PID/fd).',
      },
      ({ watchedSeconds }) => watchedSeconds,
    ),
    ofExporter(
      {
        name: 'exporter_remembered_sockets',
        help: 'Sockets that are remembered from scrape to scrape: who holds them, and since when they are in CLOSE_WAIT (links in PID/fd).',
      },
      ({ sockets }) => sockets,
    ),
    ofExporter(
      {
        name: 'exporter_remembered_bytes',
        help: 'Memory for the sockets that are remembered from scrape to scrape (links in PID/fd).',
      },
      ({ bytes }) => bytes,
    ),
  ],
});
