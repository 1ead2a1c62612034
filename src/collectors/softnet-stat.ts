/**
 * /proc/net/softnet_stat: what each CPU does with packets that arrive, in all namespaces, one line of hexadecimal
 * numbers for each that is online, no header, printed by softnet_seq_show() in net/core/net-procfs.c. Kernels
 * added columns at the end; numbers have 32 bits and wrap.
 */
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { ParseError } from '../text/parse-error.ts';
import { collector, familyOf } from './collector.ts';

const column = {
  processed: 0,
  dropped: 1,
  timesSqueezed: 2,
  cpuCollisions: 8,
  receivedRps: 9,
  flowLimit: 10,
  backlog: 11,
  cpu: 12,
  input: 13,
  process: 14,
} as const;

/** From a kernel to which the column of collisions is only kept for its place. */
const COLUMNS_WITH_CPU = 13;
const LEAST_COLUMNS = 9;
const MOST_COLUMNS = 15;

/** CPU -> its columns. */
type Backlogs = ReadonlyMap<string, readonly number[]>;

const metric = familyOf<Backlogs>();

const CPUS_LIMIT = 512;
const perCpu = { name: 'cpu', limit: CPUS_LIMIT, surplus: 'left out' } as const;
const countedByCpu = { name: 'cpu', limit: CPUS_LIMIT, surplus: 'other' } as const;

const counter = (
  name: string,
  at: number,
  help: string,
  isTold: (columns: readonly number[]) => boolean = () => true,
) =>
  metric({
    name: `softnet_${name}_total`,
    kind: 'counter',
    help: `${help} (column ${at + 1} of net/softnet_stat).`,
    labels: [perCpu],
    sample(cpus, emit) {
      for (const [cpu, columns] of cpus) {
        const value = columns[at];
        if (value !== undefined && isTold(columns)) emit(value, cpu);
      }
    },
  });

const queues = [
  ['input', column.input],
  ['process', column.process],
] as const;

const cpuLines = (): Fold<Line, Backlogs> => {
  const cpus = new Map<string, readonly number[]>();
  return {
    add(line) {
      if (line.count < LEAST_COLUMNS) {
        throw new ParseError(`${line.count} columns, expected at least ${LEAST_COLUMNS}`, line.number);
      }
      const length = Math.min(line.count, MOST_COLUMNS);
      const columns = Array.from({ length }, (_, at) => line.hex(at));
      // Where the line does not tell, a CPU that is offline shifts the numbers of those behind it.
      cpus.set(String(columns[column.cpu] ?? line.number - 1), columns);
    },
    end: () => cpus,
  };
};

export const softnetStat = collector({
  name: 'softnet_stat',
  file: 'net/softnet_stat',
  ofHost: true,
  about: 'Packets that each CPU took from the network, those it dropped, and its queues.',
  fold: cpuLines,
  families: [
    counter(
      'processed',
      column.processed,
      'Packets that the CPU took from the network, in all namespaces: one CPU far ahead of the others has all the interrupts; it begins anew after 2^32',
    ),
    counter(
      'dropped',
      column.dropped,
      'Packets dropped because the queue of the CPU was full: raise net.core.netdev_max_backlog, or spread the load',
    ),
    counter(
      'times_squeezed',
      column.timesSqueezed,
      'How often the CPU had to stop with packets left, out of budget or time: raise net.core.netdev_budget when it grows steadily',
    ),
    counter(
      'received_rps',
      column.receivedRps,
      'How often another CPU woke this one to hand it packets, as receive packet steering does',
    ),
    counter(
      'flow_limit',
      column.flowLimit,
      'Packets dropped because their flow alone took most of a queue half full, on CPUs of net.core.flow_limit_cpu_bitmap',
    ),
    counter(
      'cpu_collisions',
      column.cpuCollisions,
      'How often the CPU found the lock of a device that it wanted to send by taken; only of kernels that still count it',
      columns => columns.length < COLUMNS_WITH_CPU,
    ),
    metric({
      name: 'softnet_backlog_length',
      kind: 'gauge',
      help: 'Packets waiting for the CPU now: with net.core.netdev_max_backlog of them in its input queue the next one is dropped (column 12 of net/softnet_stat).',
      labels: [countedByCpu],
      sample(cpus, emit) {
        for (const [cpu, columns] of cpus) {
          const length = columns[column.backlog];
          if (length !== undefined) emit(length, cpu);
        }
      },
    }),
    metric({
      name: 'softnet_queue_length',
      kind: 'gauge',
      help: 'Packets waiting for the CPU now, by queue: "input" has those not yet looked at, "process" those it is working on (columns 14 and 15 of net/softnet_stat).',
      labels: [countedByCpu, { name: 'queue', values: ['input', 'process'] }],
      sample(cpus, emit) {
        for (const [cpu, columns] of cpus) {
          for (const [queue, at] of queues) {
            const length = columns[at];
            if (length !== undefined) emit(length, cpu, queue);
          }
        }
      },
    }),
  ],
});
