/**
 * /proc/net/ipx/route: one line a network of IPX, printed by ipx_seq_route_show() in net/ipx/ipx_proc.c until 4.17: behind a
 * router, or `Directly Connected`. It tells no device.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { routeFamilies, routingTable, type RoutingTable } from '../routing-table.ts';
import { fingerprintOf } from './fields.ts';

const field = { network: 0, routerNetwork: 1, routerNode: 2 } as const;

/** Reserved by Novell for it. */
const DEFAULT_NETWORK = 0xfffffffe;

const isDirect = (line: Line): boolean =>
  line.is(field.routerNetwork, 'Directly') && line.is(field.routerNode, 'Connected');

const routeLines = (changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  return {
    add(line) {
      const network = line.hex(field.network);
      const kind = isDirect(line) ? 'direct' : 'gateway';
      if (kind === 'gateway') {
        line.hex(field.routerNetwork);
        line.hex(field.routerNode);
      }
      table.add('', kind, network === DEFAULT_NETWORK, fingerprintOf(line));
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
  fold: ({ memory }) =>
    headed('Network Router_Net Router_Node', () => routeLines(fingerprint => memory.changes(fingerprint))),
  families: routeFamilies('ipx', { kinds: ['direct', 'gateway'], hasDevices: false }),
});
