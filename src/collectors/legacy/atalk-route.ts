/**
 * /proc/net/atalk/route: one line a route of AppleTalk, printed by atalk_seq_route_show() in
 * net/appletalk/atalk_proc.c. There is one default route at the most, and since 2.6 its line is repeated before every
 * other. The flags are decimal.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { flag, ipv4Letters, lettersOf } from '../route-flags.ts';
import { bareRoute } from '../route-rows.ts';
import { routeFamilies, routingTable, type RouteKind, type RoutingTable } from '../routing-table.ts';
import type { Route, RowsAsk } from '../rows.ts';
import { fingerprintOf } from './fields.ts';

const HEADER = 'Target Router Flags Dev';

const field = { target: 0, router: 1, flags: 2, device: 3 } as const;

const kindOf = (flags: number): RouteKind => {
  if ((flags & flag.gateway) !== 0) return 'gateway';
  return (flags & flag.host) !== 0 ? 'host' : 'direct';
};

const isDefault = (line: Line): boolean => line.is(field.target, 'Default');

const routeIn = (line: Line): Route => {
  if (!isDefault(line)) line.pair(field.target);
  line.pair(field.router);
  return {
    ...bareRoute,
    family: 'ddp',
    destination: line.text(field.target),
    // Of a network on the link it is the own address there.
    gateway: line.text(field.router),
    flags: lettersOf(line.decimal(field.flags), ipv4Letters),
    device: line.text(field.device),
  };
};

/** Whether a line is that of the default route, once more. */
const repetition = (): ((line: Line) => boolean) => {
  const met = new Set<number>();
  return line => {
    if (!isDefault(line)) return false;
    const before = met.size;
    return met.add(fingerprintOf(line)).size === before;
  };
};

const routeLines = (changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  const isRepeated = repetition();
  return {
    add(line) {
      const { device } = routeIn(line);
      if (isRepeated(line)) return;
      table.add(device, kindOf(line.decimal(field.flags)), isDefault(line), fingerprintOf(line));
    },
    end: () => table.end(changes),
  };
};

const routeRows = ({ offer }: RowsAsk<Route>): Fold<Line, undefined> => {
  const isRepeated = repetition();
  return {
    add(line) {
      const route = routeIn(line);
      if (!isRepeated(line)) offer(route);
    },
    end: () => undefined,
  };
};

export const atalkRoute = collector({
  name: 'atalk_route',
  file: 'net/atalk/route',
  // Up to 2.4.
  otherwise: ['net/atalk_route'],
  about: 'Routes of AppleTalk, and whether there is a default route.',
  fold: ({ memory }) => headed(HEADER, () => routeLines(fingerprint => memory.changes(fingerprint))),
  families: routeFamilies('ddp', { kinds: ['direct', 'gateway', 'host'] }),
  rows: { of: 'routes', fold: ask => headed(HEADER, () => routeRows(ask)) },
});
