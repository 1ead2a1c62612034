/**
 * /proc/net/ipv6_route: every IPv6 table one after the other without telling which, local addresses included,
 * no header, printed by ipv6_route_native_seq_show() in net/ipv6/ip6_fib.c. `::/0` on lo with REJECT is
 * each table's built-in end, not a default route.
 */
import { ipv6 } from '../text/address.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector } from './collector.ts';
import { flag, ipv6Letters, lettersOf } from './route-flags.ts';
import { bareRoute, rowPerLine } from './route-rows.ts';
import { routeFamilies, routingTable, type RouteKind, type RoutingTable } from './routing-table.ts';
import type { Route } from './rows.ts';

const field = {
  destination: 0,
  prefixLength: 1,
  source: 2,
  sourcePrefixLength: 3,
  nextHop: 4,
  metric: 5,
  flags: 8,
  device: 9,
} as const;
/** Of a route's identity: not its use counts. */
const columns = Object.values(field);
const count = { references: 6, uses: 7 } as const;

const ADDRESS_DIGITS = 32;
const HOST_PREFIX_LENGTH = 128;

const kindOf = (flags: number, prefixLength: number): RouteKind => {
  if ((flags & flag.reject) !== 0) return 'reject';
  if ((flags & flag.gateway) !== 0) return 'gateway';
  return (flags & flag.host) !== 0 || prefixLength === HOST_PREFIX_LENGTH ? 'host' : 'direct';
};

const routeLines = (changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  return {
    add(line) {
      requireAddresses(line);
      const prefixLength = line.hex(field.prefixLength);
      const flags = line.hex(field.flags);
      line.hex(field.metric);
      const device = line.text(field.device);
      if ((flags & flag.cached) !== 0) return;
      const kind = kindOf(flags, prefixLength);
      const isDefault = kind !== 'reject' && prefixLength === 0;
      table.add(device, kind, isDefault, line.fingerprint(columns));
    },
    end: () => table.end(changes),
  };
};

const routeIn = (line: Line): Route => {
  requireAddresses(line);
  const prefixLength = line.hex(field.prefixLength);
  const flags = line.hex(field.flags);
  const metric = line.hex(field.metric);
  const device = line.text(field.device);
  const nextHop = addressIn(line, field.nextHop);
  return {
    ...bareRoute,
    family: 'inet6',
    destination: addressIn(line, field.destination),
    prefixLength,
    gateway: nextHop === '::' ? '' : nextHop,
    flags: lettersOf(flags, ipv6Letters),
    metric,
    references: line.hex(count.references),
    uses: line.hex(count.uses),
    device,
    isCached: (flags & flag.cached) !== 0,
  };
};

const requireAddresses = (line: Line): void => {
  for (const address of [field.destination, field.source, field.nextHop]) {
    if (line.width(address) !== ADDRESS_DIGITS) throw line.wrong(address, 'expected an address');
  }
};

const addressIn = (line: Line, address: number): string => {
  const text = ipv6(line.text(address));
  if (text === undefined) throw line.wrong(address, 'expected an address');
  return text;
};

export const ipv6Route = collector({
  name: 'ipv6_route',
  file: 'net/ipv6_route',
  about: 'IPv6 routes of all tables, local addresses included, and whether there is a default route.',
  fold: ({ memory }) => routeLines(fingerprint => memory.changes(fingerprint)),
  families: routeFamilies('inet6'),
  rows: { of: 'routes', fold: ({ offer }) => rowPerLine(routeIn, offer) },
});
