/**
 * /sys/class/net: what an interface is rather than what it did, one small file each, printed by
 * net/core/net-sysfs.c. `flags` there lacks RUNNING, which netstat gets from an ioctl: it is told from
 * `operstate`, as dev_get_flags() does. Reading `speed` and `duplex` of a device without them is refused, so
 * they have no line.
 */
import { perDevice } from '../metrics/label.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector, familyOf } from './collector.ts';
import type { Interface as Row } from './rows.ts';

interface Interface {
  flags?: number;
  mtuBytes?: number;
  speedBytesPerSecond?: number;
  carrierChanges?: number;
  operstate?: string;
  duplex?: string;
  address?: string;
  hardwareType?: number;
  transmitQueueLength?: number;
}
type Interfaces = ReadonlyMap<string, Readonly<Interface>>;

const UP = 0x1;
const PROMISC = 0x100;
const RUNNING = 0x40;
const BYTES_PER_MEGABIT = 125_000;

/** net-tools prints them in this order; its P stands for two of them. */
const flagLetters = [
  [0x200, 'A'],
  [0x2, 'B'],
  [0x4, 'D'],
  [0x8, 'L'],
  [0x1000, 'M'],
  [0x8000, 'd'],
  [PROMISC, 'P'],
  [0x20, 'N'],
  [0x80, 'O'],
  [0x10, 'P'],
  [0x800, 's'],
  [0x400, 'm'],
  [RUNNING, 'R'],
  [UP, 'U'],
] as const;

const isRunning = ({ flags = 0, operstate }: Readonly<Interface>): boolean =>
  (flags & UP) !== 0 && (operstate === 'up' || operstate === 'unknown');

const flagBits = (each: Readonly<Interface>): number =>
  ((each.flags ?? 0) | (isRunning(each) ? RUNNING : 0)) >>> 0;

/** `BMRU`, as netstat -i prints it. */
export const netstatFlags = (each: Readonly<Interface>): string => {
  const flags = flagBits(each);
  return flagLetters.map(([bit, letter]) => ((flags & bit) === 0 ? '' : letter)).join('');
};

const metric = familyOf<Interfaces>();

const perInterface = (
  kind: 'counter' | 'gauge',
  name: string,
  help: string,
  value: (each: Readonly<Interface>) => number | undefined,
) =>
  metric({
    name: `interface_${name}`,
    kind,
    help,
    labels: [perDevice],
    sample(interfaces, emit) {
      for (const [device, each] of interfaces) {
        const number = value(each);
        if (number !== undefined) emit(number, device);
      }
    },
  });

const flag = (each: Readonly<Interface>, bit: number): number | undefined =>
  each.flags === undefined ? undefined : Number((each.flags & bit) !== 0);

export const interfaces = collector({
  name: 'interfaces',
  file: 'class/net',
  attributes: ['address', 'carrier_changes', 'duplex', 'flags', 'mtu', 'operstate', 'speed'],
  about: 'MTU, flags, state, speed and link changes of every interface.',
  fold: () => attributeLines(),
  rows: {
    of: 'interfaces',
    attributes: ['address', 'duplex', 'flags', 'mtu', 'operstate', 'speed', 'tx_queue_len', 'type'],
    fold: ({ offer }) => {
      const all = attributeLines();
      return {
        add(line) {
          all.add(line);
        },
        end() {
          for (const [device, each] of all.end()) offer(rowOf(device, each));
        },
      };
    },
  },
  families: [
    perInterface(
      'gauge',
      'up',
      'Whether the interface is switched on by its administrator (IFF_UP of flags in class/net).',
      each => flag(each, UP),
    ),
    perInterface(
      'gauge',
      'running',
      'Whether the interface is up and can carry packets: 0 on one that is up means no link (flags and operstate in class/net).',
      each =>
        each.flags === undefined || each.operstate === undefined ? undefined : Number(isRunning(each)),
    ),
    perInterface(
      'gauge',
      'promiscuous',
      'Whether the interface takes packets that are not addressed to it: a capture is running, or it is part of a bridge (IFF_PROMISC of flags in class/net).',
      each => flag(each, PROMISC),
    ),
    perInterface(
      'gauge',
      'mtu_bytes',
      'The largest packet the interface sends whole; differing values on one path lose large packets (mtu in class/net).',
      each => each.mtuBytes,
    ),
    perInterface(
      'gauge',
      'speed_bytes_per_second',
      'The speed that the link agreed on, to hold its traffic against (speed in class/net, there in megabits).',
      each => each.speedBytesPerSecond,
    ),
    perInterface(
      'counter',
      'carrier_changes_total',
      'How often the link came or went: growth is a port that flaps (carrier_changes in class/net).',
      each => each.carrierChanges,
    ),
    metric({
      name: 'interface_info',
      kind: 'gauge',
      help: 'Always 1: state, duplex, hardware address and the flags of netstat -i as labels, empty where the kernel tells none (operstate, duplex, address and flags in class/net).',
      labels: [
        perDevice,
        { name: 'operstate', of: 'device' },
        { name: 'duplex', of: 'device' },
        { name: 'address', of: 'device' },
        { name: 'flags', of: 'device' },
      ],
      sample(interfaces, emit) {
        for (const [device, each] of interfaces) {
          emit(1, device, each.operstate ?? '', each.duplex ?? '', each.address ?? '', netstatFlags(each));
        }
      },
    }),
  ],
});

const rowOf = (device: string, each: Readonly<Interface>): Row => ({
  device,
  mtuBytes: each.mtuBytes,
  flags: each.flags === undefined ? undefined : netstatFlags(each),
  flagBits: each.flags === undefined ? undefined : flagBits(each),
  operstate: each.operstate,
  duplex: each.duplex,
  speedBytesPerSecond: each.speedBytesPerSecond,
  hardwareAddress: each.address,
  hardwareType: each.hardwareType,
  transmitQueueLength: each.transmitQueueLength,
});

const VALUE = 2;

const setters: ReadonlyMap<string, (each: Interface, line: Line) => void> = new Map(
  Object.entries<(each: Interface, line: Line) => void>({
    address: (each, line) => (each.address = line.text(VALUE)),
    carrier_changes: (each, line) => (each.carrierChanges = line.decimal(VALUE)),
    duplex: (each, line) => (each.duplex = line.text(VALUE)),
    flags: (each, line) => (each.flags = line.prefixedHex(VALUE)),
    mtu: (each, line) => (each.mtuBytes = line.decimal(VALUE)),
    operstate: (each, line) => (each.operstate = line.text(VALUE)),
    // -1 where the driver does not know.
    speed: (each, line) => {
      const megabits = line.signed(VALUE);
      if (megabits >= 0) each.speedBytesPerSecond = megabits * BYTES_PER_MEGABIT;
    },
    tx_queue_len: (each, line) => (each.transmitQueueLength = line.decimal(VALUE)),
    type: (each, line) => (each.hardwareType = line.decimal(VALUE)),
  }),
);

const attributeLines = (): Fold<Line, Interfaces> => {
  const interfaces = new Map<string, Interface>();
  return {
    add(line) {
      const set = setters.get(line.text(1));
      if (set === undefined) throw line.wrong(1, 'unknown attribute');
      const device = line.text(0);
      const each = interfaces.get(device) ?? {};
      if (line.has(VALUE)) set(each, line);
      // A device without hardware address prints an empty line.
      else if (line.is(1, 'address')) each.address = '';
      interfaces.set(device, each);
    },
    end: () => interfaces,
  };
};
