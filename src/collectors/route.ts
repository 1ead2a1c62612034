/**
 * /proc/net/route: the main table of IPv4, printed by fib_route_seq_show() in net/ipv4/fib_trie.c. Of a multipath
 * route only the first hop is there. Blackholes have no reject flag: what gives them away is the device `*`.
 * A namespace makes the table with its first route, which is mostly that of its loopback; until then the file is empty
 * (fib_route_seq_start() finds no table).
 */
import { ipv4 } from '../text/address.ts';
import { headed } from '../text/headed.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import type { Machine } from '../text/machine.ts';
import { collector } from './collector.ts';
import { flag, ipv4Letters, markedLettersOf } from './route-flags.ts';
import { bareRoute, rowPerLine } from './route-rows.ts';
import { routeFamilies, routingTable, type RouteKind, type RoutingTable } from './routing-table.ts';
import type { Route } from './rows.ts';

const HEADER = 'Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT';

const field = {
  device: 0,
  destination: 1,
  gateway: 2,
  flags: 3,
  metric: 6,
  mask: 7,
  mtu: 8,
  window: 9,
  roundTripTime: 10,
} as const;
/** Of a route's identity: not its use counts. */
const columns = Object.values(field);
const count = { references: 4, uses: 5 } as const;

const kindOf = (line: Line, flags: number): RouteKind => {
  if ((flags & flag.reject) !== 0 || line.is(field.device, '*')) return 'reject';
  if ((flags & flag.gateway) !== 0) return 'gateway';
  return (flags & flag.host) !== 0 ? 'host' : 'direct';
};

const routeLines = (changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  return {
    add(line) {
      const destination = line.hex(field.destination);
      line.hex(field.gateway);
      const kind = kindOf(line, line.hex(field.flags));
      line.signed(field.metric);
      const mask = line.hex(field.mask);
      line.decimal(field.roundTripTime);
      const isDefault = kind !== 'reject' && destination === 0 && mask === 0;
      table.add(deviceOf(line), kind, isDefault, line.fingerprint(columns));
    },
    end: () => table.end(changes),
  };
};

const routeIn = (line: Line, { byteOrder }: Machine): Route => {
  const destination = ipv4(line.hex(field.destination), byteOrder);
  const gateway = line.hex(field.gateway);
  const flags = line.hex(field.flags);
  const metric = line.signed(field.metric);
  const mask = ipv4(line.hex(field.mask), byteOrder);
  const roundTripMilliseconds = line.decimal(field.roundTripTime);
  return {
    ...bareRoute,
    family: 'inet',
    destination,
    prefixLength: prefixLengthOf(mask),
    mask,
    // One of IPv6 is told by the flag alone.
    gateway: gateway === 0 ? '' : ipv4(gateway, byteOrder),
    flags: markedLettersOf(flags, ipv4Letters),
    // Old kernels print it with a sign.
    metric: metric >>> 0,
    references: line.signed(count.references),
    uses: line.decimal(count.uses),
    device: deviceOf(line),
    segmentBytes: line.decimal(field.mtu),
    windowBytes: line.decimal(field.window),
    roundTripMilliseconds,
  };
};

const deviceOf = (line: Line): string => (line.is(field.device, '*') ? '' : line.text(field.device));

/** Undefined where there is a gap between the bits that are set, which no kernel since 2.1 has. */
const prefixLengthOf = (mask: string): number | undefined => {
  const bits = mask.split('.').map(byte => Number(byte).toString(2).padStart(8, '0'));
  return /^(1*)0*$/.exec(bits.join(''))?.[1]?.length;
};

export const route = collector({
  name: 'route',
  file: 'net/route',
  about: 'IPv4 routes of the main table, and whether there is a default route.',
  fold({ memory }) {
    const rows = () => routeLines(fingerprint => memory.changes(fingerprint));
    return headed(HEADER, rows, () => rows().end());
  },
  families: routeFamilies('inet'),
  rows: {
    of: 'routes',
    fold({ machine, offer }) {
      const rows = () => rowPerLine((line: Line) => routeIn(line, machine), offer);
      return headed(HEADER, rows, () => undefined);
    },
  },
});
