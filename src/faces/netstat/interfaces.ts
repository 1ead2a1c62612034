/**
 * Interfaces as netstat -i lists them, a line each, and with -e a block each, as ifconfig prints them. Netstat asks the kernel by
 * ioctl where we read files, which do not tell everything: IPv4 addresses and the labels that they may have (`eth0:1`), the
 * addresses of other families, the port of an Ethernet card and its place in memory are left out. The flags PROMISC and ALLMULTI
 * are those in force; by ioctl the kernel hides them where it switched them on itself, for a bridge or a packet socket.
 */
import type { Interface, InterfaceAddress } from '../../collectors/rows.ts';
import { hardwareOf, octetsOf } from './hardware.ts';
import { shown } from './shown.ts';

export interface InterfaceOptions {
  /** -e: a block instead of a line. */
  readonly extended: boolean;
}

/** What several files tell of each interface, in the order of net/dev; behind them those that net/dev does not have. */
export const joinInterfaces = (rows: Iterable<Interface>): readonly Interface[] => {
  const all = [...rows];
  const joined = new Map<string, { told: Interface; readonly addresses: InterfaceAddress[] }>();
  for (const row of [...all.filter(hasTraffic), ...all.filter(each => !hasTraffic(each))]) {
    const { told, addresses } = joined.get(row.device) ?? { told: row, addresses: [] };
    addresses.push(...(row.addresses ?? []));
    joined.set(row.device, { told: { ...told, ...row }, addresses });
  }
  return Array.from(joined.values(), ({ told, addresses }) =>
    addresses.length === 0 ? told : { ...told, addresses },
  );
};

/** As netstat sorts them: by name, and where only the number at its end differs by that, so that eth2 is before eth10. */
export const orderedByName = (interfaces: readonly Interface[]): readonly Interface[] =>
  interfaces
    .map(each => ({ each, key: sortKey(each.device) }))
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ each }) => each);

/** Whether netstat lists it: without -a only what is up. What may be up since nothing tells its flags is listed as well. */
export const isListed = ({ flagBits }: Interface, { all }: { readonly all: boolean }): boolean =>
  all || flagBits === undefined || (flagBits & UP) !== 0;

export const interfaceHeadings = ({ extended }: InterfaceOptions): readonly string[] =>
  extended
    ? ['Kernel Interface table']
    : [
        'Kernel Interface table',
        'Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg',
      ];

/** One line, or a block that ends with an empty one. */
export const interfaceLines = (each: Interface, { extended }: InterfaceOptions): readonly string[] =>
  extended ? longLines(each) : [shortLine(each)];

const hasTraffic = ({ traffic }: Interface): boolean => traffic !== undefined;

interface SortKey {
  readonly stem: string;
  readonly number: number;
  /** The labels of addresses, which the first kernels had as interfaces, follow the interface: eth0, eth0:1, eth1. */
  readonly label: number;
  readonly device: string;
}

const sortKey = (device: string): SortKey => {
  const [, stem = '', number = '', label = '-1'] = /^(.*?)(\d*)(?::(\d+))?$/s.exec(device) ?? [];
  return { stem, number: Number(number), label: Number(label), device };
};

const compareKeys = (a: SortKey, b: SortKey): number =>
  compareTexts(a.stem, b.stem) ||
  a.number - b.number ||
  a.label - b.label ||
  compareTexts(a.device, b.device);

const compareTexts = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** What is not known is never 0. */
const UNKNOWN = '-';

const decimal = (value: number | undefined): string => (value === undefined ? UNKNOWN : String(value));

/** Beyond 2^53 counters have lost units, not digits: 2^64 and not 18446744073709552000. */
const counter = (value: number | undefined): string =>
  value === undefined ? UNKNOWN : BigInt(value).toString();

/** Netstat counts bytes to fill up a name, we characters: the columns of a name beyond ASCII stay where they are. */
const shortLine = ({ device, mtuBytes, flags, flagBits = 0, traffic }: Interface): string => {
  const count = (column: string): string => counter(traffic?.get(column));
  return [
    shown(device).padEnd(15),
    decimal(mtuBytes).padStart(5),
    count('receive packets').padStart(8),
    count('receive errs').padStart(6),
    count('receive drop').padStart(6),
    count('receive fifo').padEnd(6),
    count('transmit packets').padStart(8),
    count('transmit errs').padStart(6),
    count('transmit drop').padStart(6),
    count('transmit fifo').padStart(6),
    flags === undefined ? UNKNOWN : toldByIoctl(flagBits) === 0 ? '[NO FLAGS]' : flags,
  ].join(' ');
};

const UP = 0x1;

/** Netstat has the flags from an ioctl, which tells the lower sixteen. */
const toldByIoctl = (flagBits: number): number => flagBits & 0xffff;

/** In the order of netstat: include/uapi/linux/if.h. */
const flagNames = [
  [UP, 'UP'],
  [0x2, 'BROADCAST'],
  [0x4, 'DEBUG'],
  [0x8, 'LOOPBACK'],
  [0x10, 'POINTOPOINT'],
  [0x20, 'NOTRAILERS'],
  [0x40, 'RUNNING'],
  [0x80, 'NOARP'],
  [0x100, 'PROMISC'],
  [0x200, 'ALLMULTI'],
  [0x800, 'SLAVE'],
  [0x400, 'MASTER'],
  [0x1000, 'MULTICAST'],
  [0x8000, 'DYNAMIC'],
] as const;

const INDENT = '        ';

const longLines = (each: Interface): readonly string[] => [
  `${shown(each.device)}: flags=${longFlags(each)}  mtu ${decimal(each.mtuBytes)}`,
  ...[
    ...(each.addresses ?? []).map(addressText),
    ...hardwareTexts(each),
    ...(each.traffic === undefined ? [] : trafficTexts(each.traffic, each.hardwareType)),
  ].map(text => INDENT + text),
  '',
];

/** Netstat takes DYNAMIC, the highest of sixteen, for a sign, and prints numbers below 0. */
const longFlags = ({ flagBits }: Interface): string => {
  if (flagBits === undefined) return UNKNOWN;
  const names = flagNames.filter(([bit]) => (flagBits & bit) !== 0).map(([, name]) => name);
  return `${toldByIoctl(flagBits)}<${names.join(',')}>`;
};

/** IPv4 addresses of the first kernels that were embedded in IPv6 are of the whole world as well. */
const scopeTexts: Readonly<Record<InterfaceAddress['scope'], string>> = {
  global: '0x0<global>',
  host: '0x10<host>',
  link: '0x20<link>',
  site: '0x40<site>',
  compat: '0x80<compat,global>',
  unknown: UNKNOWN,
};

const addressText = ({ family, address, prefixLength, scope }: InterfaceAddress): string =>
  `${family} ${address}  prefixlen ${prefixLength}  scopeid ${scopeTexts[scope]}`;

const hardwareTexts = ({
  hardwareType,
  hardwareAddress,
  transmitQueueLength,
}: Interface): readonly string[] => {
  if (hardwareType === undefined) return [];
  const { name, title, address } = hardwareOf(hardwareType);
  const octets = octetsOf(hardwareAddress ?? '');
  const isShown = address !== undefined && hardwareAddress !== undefined;
  const words = isShown ? [name, octets === undefined ? hardwareAddress : address(octets)] : [name];
  const queue = transmitQueueLength === undefined ? [] : [`txqueuelen ${transmitQueueLength}`];
  return [[shown(words.join(' ')), ...queue, `(${title})`].join('  ')];
};

/** SLIP with compressed headers, ARPHRD_CSLIP and ARPHRD_CSLIP6. */
const compressing: ReadonlySet<number | undefined> = new Set([257, 259]);

const trafficTexts = (
  traffic: ReadonlyMap<string, number>,
  hardwareType: number | undefined,
): readonly string[] => {
  const count = (column: string): string => counter(traffic.get(column));
  const compresses = compressing.has(hardwareType);
  const sent = `dropped ${count('transmit drop')} overruns ${count('transmit fifo')}`;
  const lost = `carrier ${count('transmit carrier')}  collisions ${count('transmit colls')}`;
  return [
    `RX packets ${count('receive packets')}  bytes ${bytesText(traffic.get('receive bytes'))}`,
    ...(compresses ? [`RX compressed:${count('receive compressed')}`] : []),
    `RX errors ${count('receive errs')}  dropped ${count('receive drop')}  ` +
      `overruns ${count('receive fifo')}  frame ${count('receive frame')}`,
    `TX packets ${count('transmit packets')}  bytes ${bytesText(traffic.get('transmit bytes'))}`,
    ...(compresses ? [`TX compressed ${count('transmit compressed')}`] : []),
    `TX errors ${count('transmit errs')}  ${sent}  ${lost}`,
  ];
};

const bytesText = (bytes: number | undefined): string =>
  bytes === undefined ? UNKNOWN : `${counter(bytes)} (${inUnits(BigInt(bytes))})`;

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Cut off behind the first decimal, not rounded; a whole unit, and no more, is still 1024 of the one below. */
const inUnits = (bytes: bigint): string => {
  let index = 0;
  while (index < units.length - 1 && bytes > 1n << BigInt(10 * (index + 1))) index++;
  const tenths = (bytes * 10n) >> BigInt(10 * index);
  return `${tenths / 10n}.${tenths % 10n} ${units[index] ?? ''}`;
};
