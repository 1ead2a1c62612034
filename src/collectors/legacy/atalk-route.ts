/**
 * /proc/net/atalk/route: one line a route of AppleTalk, printed by atalk_seq_route_show() in
 * net/appletalk/atalk_proc.c. There is one default route at the most, and since 2.6 its line is repeated before every
 * other. The flags are decimal.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { routeFamilies, routingTable, type RouteKind, type RoutingTable } from '../routing-table.ts';
import { fingerprintOf } from './fields.ts';

const field = { target: 0, router: 1, flags: 2, device: 3 } as const;

const flag = { gateway: 0x2, host: 0x4 } as const;

const kindOf = (flags: number): RouteKind => {
  if ((flags & flag.gateway) !== 0) return 'gateway';
  return (flags & flag.host) !== 0 ? 'host' : 'direct';
};

const routeLines = (changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  const defaultRoutes = new Set<number>();
  return {
    add(line) {
      const isDefault = line.is(field.target, 'Default');
      if (!isDefault) line.pair(field.target);
      line.pair(field.router);
      const kind = kindOf(line.decimal(field.flags));
      const device = line.text(field.device);
      const fingerprint = fingerprintOf(line);
      if (isDefault && defaultRoutes.has(fingerprint)) return;
      if (isDefault) defaultRoutes.add(fingerprint);
      table.add(device, kind, isDefault, fingerprint);
    },
    end: () => table.end(changes),
  };
};

export const atalkRoute = collector({
  name: 'atalk_route',
  file: 'net/atalk/route',
  // Up to 2.4.
  otherwise: ['net/atalk_route'],
  about: 'Routes of AppleTalk, and whether there is a default route.',
  fold: ({ memory }) =>
    headed('Target Router Flags Dev', () => routeLines(fingerprint => memory.changes(fingerprint))),
  families: routeFamilies('ddp', { kinds: ['direct', 'gateway', 'host'] }),
});
