/**
 * /proc/net/x25/route: one line a route of X.25, printed by x25_seq_route_show() in net/x25/x25_proc.c. Up to 2.4 the file
 * is net/x25_routes, and its header is in lower case.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { bareRoute, rowPerLine } from '../route-rows.ts';
import { routeFamilies, routingTable, type RoutingTable } from '../routing-table.ts';
import type { Route } from '../rows.ts';
import { deviceIn, fingerprintOf } from './fields.ts';

const HEADER = 'Address|address Digits|digits Device|device';

/** The digits are how many of the address must match: none is the route of all that have no other. */
const field = { address: 0, digits: 1, device: 2 } as const;

const routeIn = (line: Line): Route => {
  const digits = line.decimal(field.digits);
  const device = deviceIn(line, field.device);
  return { ...bareRoute, family: 'x25', destination: line.text(field.address), prefixLength: digits, device };
};

const routeLines = (changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  return {
    add(line) {
      const { device, prefixLength } = routeIn(line);
      table.add(device, 'direct', prefixLength === 0, fingerprintOf(line));
    },
    end: () => table.end(changes),
  };
};

export const x25Route = collector({
  name: 'x25_route',
  file: 'net/x25/route',
  otherwise: ['net/x25_routes'],
  about: 'Routes of X.25, and whether there is a default route.',
  fold: ({ memory }) => headed(HEADER, () => routeLines(fingerprint => memory.changes(fingerprint))),
  families: routeFamilies('x25', { kinds: ['direct'] }),
  rows: { of: 'routes', fold: ({ offer }) => headed(HEADER, () => rowPerLine(routeIn, offer)) },
});
