/**
 * /proc/net/route: the main table of IPv4, printed by fib_route_seq_show() in net/ipv4/fib_trie.c. Of a multipath
 * route only the first hop is there. Blackholes have no reject flag: what gives them away is the device `*`.
 */
import { headed } from '../text/headed.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector } from './collector.ts';
import { routeFamilies, routingTable, type RouteKind, type RoutingTable } from './routing-table.ts';

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

const flag = { gateway: 0x2, host: 0x4, reject: 0x200 } as const;

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
      const device = line.is(field.device, '*') ? '' : line.text(field.device);
      table.add(device, kind, isDefault, line.fingerprint(columns));
    },
    end: () => table.end(changes),
  };
};

export const route = collector({
  name: 'route',
  file: 'net/route',
  about: 'IPv4 routes of the main table, and whether there is a default route.',
  fold: ({ memory }) =>
    headed('Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT', () =>
      routeLines(fingerprint => memory.changes(fingerprint)),
    ),
  families: routeFamilies('inet'),
});
