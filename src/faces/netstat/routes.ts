/**
 * Routes as `netstat -r` prints them, and with -C those of the caches. Not as netstat:
 * - Nothing is cut: a device of more than six characters with -ee, of more than four of AX.25 and its relatives, a name beyond
 *   fifteen. What is longer than its column moves the rest of the line.
 * - Counts and metrics from 2^31 on are not negative, but for the highest metric, which everybody knows as -1.
 * - An address of IPv4 mapped into IPv6 keeps what maps it: `::ffff:0.0.0.0/96` is not `0.0.0.0/96`. One that is only
 *   compatible has no dots: `::102:304`.
 * - The type of service is hexadecimal, as the kernel prints it; netstat takes the digits before the first letter.
 * - What the kernel does not tell is `-`: uses of AX.25, which none since 2.0 counts; the neighbour of a node of NET/ROM whose
 *   routes have all failed, for which netstat prints that of the line before.
 * - A neighbour whose callsign is not known is shown by its number.
 * - A network of IPX that is connected is not behind the router 0000000D, which is what netstat reads in `Directly`. Network 0
 *   is printed.
 * - AppleTalk has its routes on kernels since 2.4 as well, and its default route once.
 * - A route of IPv4 that is not up is shown without its U; netstat leaves it out. No kernel since 2.1 has one.
 * - The cache has the columns of kernels since 2.1, and `-` in those that older ones lack.
 */
import type { Neighbour, Route, RouteDetail } from '../../collectors/rows.ts';
import type { AddressFamily } from '../../metrics/label.ts';
import type { Names } from './names.ts';
import { shown } from './shown.ts';

export interface RouteOptions {
  /** As netstat counts: 2 where nothing is asked for, 1 with -e as route(8) shows them, 3 with -ee for all columns. */
  readonly extended: 1 | 2 | 3;
  /** -C: the cache in place of the table, where the family has one. */
  readonly cached: boolean;
}

/** The neighbour of NET/ROM or ROSE that has this number; undefined where it is not known. */
export type NeighbourOf = (family: AddressFamily, number: number) => Neighbour | undefined;

/** None where netstat knows no routes of the family. */
export const routeHeadings = (family: AddressFamily, options: RouteOptions): readonly string[] =>
  layouts[family]?.headings(options) ?? [];

export const routeLine = (
  route: Route,
  options: RouteOptions,
  names: Names,
  neighbourOf: NeighbourOf,
): string => layouts[route.family]?.line(route, { ...options, names, neighbourOf }) ?? '';

/** Whether a route is of the table that is asked for. A family that has no cache shows its routes in any case. */
export const isAskedFor = ({ family, isCached }: Route, { cached }: RouteOptions): boolean =>
  isCached === cached || (family !== 'inet' && family !== 'inet6');

interface Ask extends RouteOptions {
  readonly names: Names;
  readonly neighbourOf: NeighbourOf;
}

interface Layout {
  readonly headings: (options: RouteOptions) => readonly string[];
  readonly line: (route: Route, ask: Ask) => string;
}

const UNTOLD = '-';
const HIGHEST_METRIC = 0xffffffff;

const numberOf = (value: number | undefined): string => (value === undefined ? UNTOLD : String(value));
const metricOf = ({ metric }: Route): string => (metric === HIGHEST_METRIC ? '-1' : numberOf(metric));
/** As the kernels mark that there is none. */
const deviceOf = ({ device }: Route | Neighbour, none: string): string =>
  device === '' ? none : shown(device);

const inetHeadings = ({ extended, cached }: RouteOptions): readonly string[] => {
  const first = cached
    ? 'Source          Destination     Gateway         '
    : 'Destination     Gateway         Genmask         ';
  const last = cached ? '  TOS HHRef HHUptod     SpecDst' : '';
  return [
    cached ? 'Kernel IP routing cache' : 'Kernel IP routing table',
    {
      1: `${first}Flags Metric Ref    Use Iface`,
      2: `${first}Flags   MSS Window  irtt Iface`,
      3: `${first}Flags Metric Ref    Use Iface    MSS   Window irtt${last}`,
    }[extended],
  ];
};

/** The columns that the table and the cache have in common, from left to right. */
const inetCells = (
  addresses: readonly string[],
  route: Route,
  { extended }: RouteOptions,
): readonly string[] => {
  const isRejected = route.flags.startsWith('!') && !route.isCached;
  const unlessRejected = (text: string): string => (isRejected ? UNTOLD : text);
  const device = unlessRejected(deviceOf(route, '*'));
  const references = unlessRejected(numberOf(route.references));
  const segment = unlessRejected(numberOf(route.segmentBytes));
  const window = unlessRejected(numberOf(route.windowBytes));
  const roundTrip = unlessRejected(numberOf(route.roundTripMilliseconds));
  const metric = metricOf(route).padEnd(6);
  const uses = numberOf(route.uses);
  const first = [...addresses.map(address => address.padEnd(15)), route.flags.padEnd(5)];

  switch (extended) {
    case 1:
      return [...first, metric, references.padEnd(2), uses.padStart(7), device];
    case 2:
      return [...first, segment.padStart(5), window.padEnd(5), roundTrip.padStart(6), device];
    case 3:
      return [
        ...[...first, metric, references.padEnd(3), uses.padStart(6)],
        ...[`${device.padEnd(6)}  `, segment.padEnd(5), window.padEnd(6), roundTrip],
      ];
  }
};

const ANY = '0.0.0.0';
const HOST_PREFIX_LENGTH = 32;

const inetHost = (address: string, { names }: Ask): string =>
  address === ANY ? ANY : shown(names.host(address));

const inetRouteLine = (route: Route, ask: Ask): string => {
  const { flags, destination, prefixLength = HOST_PREFIX_LENGTH, mask = '' } = route;
  const addresses = [
    shown(ask.names.network(destination, prefixLength)),
    flags.startsWith('!') ? UNTOLD : inetHost(route.gateway === '' ? ANY : route.gateway, ask),
    mask,
  ];
  return inetCells(addresses, route, ask).join(' ');
};

type CacheDetail = Extract<RouteDetail, { kind: 'cache' }>;

const inetCacheLine = (route: Route, detail: CacheDetail, ask: Ask): string => {
  const addresses = [detail.source, route.destination, route.gateway];
  const cells = inetCells(
    addresses.map(address => inetHost(address, ask)),
    route,
    ask,
  );
  if (ask.extended !== 3) return cells.join(' ');
  const { typeOfService: service, hardwareReferences, isUpToDate, specificDestination: specific } = detail;
  return [
    ...[...cells.slice(0, -1), (cells.at(-1) ?? '').padEnd(5)],
    (service === undefined ? UNTOLD : service.toString(16).toUpperCase()).padEnd(3),
    `${numberOf(hardwareReferences).padEnd(3)}  `,
    numberOf(isUpToDate).padEnd(3),
    (specific === '' ? UNTOLD : inetHost(specific, ask)).padStart(15),
  ].join(' ');
};

const inet: Layout = {
  headings: inetHeadings,
  line: (route, ask) =>
    route.detail?.kind === 'cache' ? inetCacheLine(route, route.detail, ask) : inetRouteLine(route, ask),
};

const inet6Host = (address: string, { names }: Ask): string => shown(names.host(address));

const inet6: Layout = {
  headings: ({ cached }) => [
    cached ? 'Kernel IPv6 routing cache' : 'Kernel IPv6 routing table',
    'Destination                    Next Hop                   Flag Met Ref  Use If',
  ],
  line: (route, ask) =>
    [
      `${inet6Host(route.destination, ask)}/${numberOf(route.prefixLength)}`.padEnd(30),
      inet6Host(route.gateway === '' ? '::' : route.gateway, ask).padEnd(26),
      route.flags.padEnd(4),
      metricOf(route).padEnd(3),
      numberOf(route.references),
      numberOf(route.uses).padStart(6),
      deviceOf(route, '*'),
    ].join(' '),
};

/** The mark of the radio families and of X.25. */
const NO_DEVICE = '???';

const ax25: Layout = {
  headings: () => ['Kernel AX.25 routing table', 'Destination  Iface    Use'],
  line: route =>
    [
      `${shown(route.destination).padEnd(9)}   `,
      `${deviceOf(route, NO_DEVICE).padEnd(5)} `,
      numberOf(route.uses).padStart(5),
    ].join(' '),
};

/** A neighbour of NET/ROM and ROSE in a route: the number is all that the route tells. */
const zeroPadded = (number: number | string): string => String(number).padStart(5, '0');

const netrom: Layout = {
  headings: () => ['Kernel NET/ROM routing table', 'Destination  Mnemonic  Quality  Neighbour  Iface'],
  line: (route, { neighbourOf }) => {
    const detail = route.detail?.kind === 'netrom' ? route.detail : undefined;
    const way = detail?.neighbours[detail.used - 1];
    const neighbour = way === undefined ? undefined : neighbourOf('netrom', way.number);
    const callsign = way === undefined ? UNTOLD : (neighbour?.callsign ?? zeroPadded(way.number));
    const mnemonic = detail === undefined || detail.mnemonic === '' ? '*' : detail.mnemonic;
    return [
      `${shown(route.destination).padEnd(9)}   `,
      `${shown(mnemonic).padEnd(7)}  `,
      `${numberOf(way?.quality).padStart(3)}     `,
      `${shown(callsign).padEnd(9)} `,
      (neighbour === undefined ? UNTOLD : deviceOf(neighbour, NO_DEVICE)).padEnd(4),
    ].join(' ');
  },
};

const rose: Layout = {
  headings: () => [
    'Kernel ROSE routing table',
    'Destination  neigh1 callsign  device  neigh2 callsign  device  neigh3 callsign  device',
  ],
  line: (route, { neighbourOf }) => {
    const neighbours = route.detail?.kind === 'rose' ? route.detail.neighbours : [];
    const columns = neighbours.map(number => {
      const neighbour = neighbourOf('rose', Number(number));
      const callsign = neighbour === undefined ? '' : shown(neighbour.callsign);
      const device = neighbour === undefined ? '' : deviceOf(neighbour, NO_DEVICE);
      return `${zeroPadded(number)}  ${callsign.padEnd(10)}   ${device.padEnd(4)} `;
    });
    return `${shown(route.destination).padEnd(10)}   ${columns.join('')}`;
  },
};

const x25: Layout = {
  headings: () => ['Kernel X.25 routing table', 'Destination          Iface'],
  line: route => {
    const { destination, prefixLength: digits = destination.length } = route;
    const address = digits === 0 ? '*' : `${shown(destination.slice(0, digits))}/${digits}`;
    return `${address.padEnd(18)}   ${deviceOf(route, NO_DEVICE).padEnd(5)}`;
  },
};

const ipx: Layout = {
  headings: () => [
    'Kernel IPX routing table',
    'Destination               Router Net                Router Node',
  ],
  line: ({ destination, gateway }) => {
    const [network = '', node = ''] = gateway === '' ? ['Directly', 'Connected'] : gateway.split(':');
    return [destination, network, node].map(each => shown(each).padEnd(25)).join(' ');
  },
};

const ddp: Layout = {
  headings: () => ['Destination     Gateway         Device          Flags'],
  line: route =>
    [shown(route.destination), shown(route.gateway), deviceOf(route, UNTOLD)]
      .map(each => `${each.padEnd(15)} `)
      .join('') + route.flags,
};

const layouts: Readonly<Partial<Record<AddressFamily, Layout>>> = {
  inet,
  inet6,
  ax25,
  netrom,
  rose,
  x25,
  ipx,
  ddp,
};
