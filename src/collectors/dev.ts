/**
 * /proc/net/dev: traffic and errors of every interface since it was made, printed by dev_seq_printf_stats() in
 * net/core/net-procfs.c. Some columns are sums: receive drop includes what the device missed, frame
 * includes length, overrun and checksum errors, carrier includes aborted, window and heartbeat errors.
 */
import { perDevice } from '../metrics/label.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { ParseError } from '../text/parse-error.ts';
import { collector, familyOf } from './collector.ts';

/** Interface -> `receive packets` -> value. */
type Traffic = ReadonlyMap<string, ReadonlyMap<string, number>>;

const metric = familyOf<Traffic>();

const column = (direction: 'receive' | 'transmit', word: string, name: string, meaning: string) => {
  const key = `${direction} ${word}`;
  return metric({
    name: `interface_${direction}_${name}_total`,
    kind: 'counter',
    help: `${meaning} (${direction} ${word} in net/dev).`,
    labels: [perDevice],
    sample(interfaces, emit) {
      for (const [device, columns] of interfaces) {
        const value = columns.get(key);
        if (value !== undefined) emit(value, device);
      }
    },
  });
};

export const dev = collector({
  name: 'dev',
  file: 'net/dev',
  about: 'Traffic, errors and drops of every interface.',
  fold: () => {
    const interfaces = new Map<string, ReadonlyMap<string, number>>();
    return interfaceLines<Traffic>(
      (device, traffic) => {
        interfaces.set(device, traffic);
      },
      () => interfaces,
    );
  },
  rows: {
    of: 'interfaces',
    fold: ({ offer }) =>
      interfaceLines(
        (device, traffic) => {
          offer({ device, traffic });
        },
        () => undefined,
      ),
  },
  families: [
    column('receive', 'bytes', 'bytes', 'Bytes received by the interface'),
    column('receive', 'packets', 'packets', 'Packets received by the interface'),
    column('receive', 'errs', 'errors', 'Packets received damaged: look at cable, optics, duplex and driver'),
    column(
      'receive',
      'drop',
      'dropped',
      'Packets that arrived whole and were dropped, for want of buffers or because nobody wanted their protocol',
    ),
    column(
      'receive',
      'fifo',
      'fifo',
      'Packets lost because the device overran its receive buffer: the host does not fetch them fast enough',
    ),
    column(
      'receive',
      'frame',
      'frame',
      'Packets with a wrong length, alignment or checksum: a fault of the link, not of the load',
    ),
    column('receive', 'compressed', 'compressed', 'Compressed packets received, on links that compress'),
    column('receive', 'multicast', 'multicast', 'Multicast packets received by the interface'),
    column('transmit', 'bytes', 'bytes', 'Bytes sent by the interface'),
    column('transmit', 'packets', 'packets', 'Packets sent by the interface'),
    column('transmit', 'errs', 'errors', 'Packets that the device failed to send'),
    column(
      'transmit',
      'drop',
      'dropped',
      'Packets dropped before the device could send them: its queue was full or it was down',
    ),
    column(
      'transmit',
      'fifo',
      'fifo',
      'Packets lost because the device ran out of data in the middle of sending',
    ),
    column(
      'transmit',
      'colls',
      'collisions',
      'Collisions while sending: on anything but a hub it means a duplex mismatch',
    ),
    column(
      'transmit',
      'carrier',
      'carrier',
      'Packets not sent because the link was lost: a loose cable or a port that flaps',
    ),
    column('transmit', 'compressed', 'compressed', 'Compressed packets sent, on links that compress'),
  ],
});

/** @param take what becomes of an interface whose line is good */
const interfaceLines = <T>(
  take: (device: string, traffic: ReadonlyMap<string, number>) => void,
  end: () => T,
): Fold<Line, T> => {
  let columns: readonly string[] | undefined;

  return {
    add(line) {
      if (line.number === 1) requireTitle(line);
      else if (columns === undefined) columns = columnNames(line);
      else take(...interfaceRow(line, columns));
    },
    end() {
      if (columns === undefined) throw new ParseError('no header', 0, 'file');
      return end();
    },
  };
};

const requireTitle = (line: Line): void => {
  if (!line.is(0, 'Inter-|')) throw new ParseError('expected "Inter-|" in the header', line.number, 'file');
};

/** ` face |bytes packets …|bytes packets …`: the names of the columns, each with its direction. */
const columnNames = (line: Line): readonly string[] => {
  const [face, receive, transmit] = line.all().split('|');
  if (face?.trim() !== 'face' || receive === undefined || transmit === undefined) {
    throw new ParseError('expected " face |" and two lists of columns in the header', line.number, 'file');
  }
  const names = (direction: string, words: string): string[] =>
    words
      .trim()
      .split(/\s+/)
      .map(word => `${direction} ${word}`);
  const columns = [...names('receive', receive), ...names('transmit', transmit)];
  for (const required of ['receive packets', 'transmit packets']) {
    if (columns.includes(required)) continue;
    throw new ParseError(`no column "${required}" in the header`, line.number, 'file');
  }
  return columns;
};

const interfaceRow = (
  line: Line,
  columns: readonly string[],
): [device: string, traffic: ReadonlyMap<string, number>] => {
  const device = line.takeName(0);
  if (line.count !== columns.length) {
    throw new ParseError(`${line.count} values for ${columns.length} columns`, line.number);
  }
  return [device, new Map(columns.map((name, i) => [name, line.decimal(i)]))];
};
