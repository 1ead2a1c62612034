/**
 * /proc/net/ipx/route: one line a network of IPX, printed by ipx_seq_route_show() in net/ipx/ipx_proc.c until 4.17: behind a
 * router, or `Directly Connected`. It tells no device.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { bareRoute, rowPerLine } from '../route-rows.ts';
import { routeFamilies, routingTable, type RoutingTable } from '../routing-table.ts';
import type { Route } from '../rows.ts';
import { fingerprintOf } from './fields.ts';

const HEADER = 'Network Router_Net Router_Node';

const field = { network: 0, routerNetwork: 1, routerNode: 2 } as const;

/** Reserved by Novell for it. */
const DEFAULT_NETWORK = 0xfffffffe;

const isDirect = (line: Line): boolean =>
  line.is(field.routerNetwork, 'Directly') && line.is(field.routerNode, 'Connected');

const routeIn = (line: Line): Route => {
  line.hex(field.network);
  const destination = line.text(field.network);
  return { ...bareRoute, family: 'ipx', destination, gateway: isDirect(line) ? '' : routerIn(line) };
};

/** `00000010:00A0C9112233`, as addresses of IPX are written. */
const routerIn = (line: Line): string => {
  line.hex(field.routerNetwork);
  line.hex(field.routerNode);
  return `${line.text(field.routerNetwork)}:${line.text(field.routerNode)}`;
};

const routeLines = (changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  return {
    add(line) {
      const kind = routeIn(line).gateway === '' ? 'direct' : 'gateway';
      const isDefault = line.hex(field.network) === DEFAULT_NETWORK;
      table.add('', kind, isDefault, fingerprintOf(line));
    },
    end: () => table.end(changes),
  };
};

export const ipxRoute = collector({
  name: 'ipx_route',
  file: 'net/ipx/route',
  // Up to 2.4.
  otherwise: ['net/ipx_route'],
  about: 'Routes of IPX, and whether there is a default route.',
  fold: ({ memory }) => headed(HEADER, () => routeLines(fingerprint => memory.changes(fingerprint))),
  families: routeFamilies('ipx', { kinds: ['direct', 'gateway'], hasDevices: false }),
  rows: { of: 'routes', fold: ({ offer }) => headed(HEADER, () => rowPerLine(routeIn, offer)) },
});
