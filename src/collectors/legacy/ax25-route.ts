/**
 * /proc/net/ax25_route: one line an AX.25 route, printed by ax25_rt_seq_show() in net/ax25/ax25_route.c. Behind the mode
 * come the digipeaters on the way, if any. Kernel 2.0 prints a count and a time before the mode, and a flag behind it
 * unless that is a blank.
 */
import type { Fold } from '../../text/fold.ts';
import { requiredColumn, headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { routeFamilies, routingTable, type RoutingTable } from '../routing-table.ts';
import { deviceIn, requireCallsign } from './fields.ts';

const field = { callsign: 0, device: 1 } as const;

const routeLines = (header: Line, changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  const mode = requiredColumn(header, 'mode');

  /** A callsign is never a single character: it ends in a number. */
  const firstDigipeater = (line: Line): number => (line.width(mode + 1) === 1 ? mode + 2 : mode + 1);

  return {
    add(line) {
      const isDefault = line.is(field.callsign, 'default');
      if (!isDefault) requireCallsign(line, field.callsign);
      const device = deviceIn(line, field.device);
      line.text(mode);
      const first = firstDigipeater(line);
      const identity: number[] = [field.callsign, field.device, mode];
      for (let digipeater = first; line.has(digipeater); digipeater++) {
        requireCallsign(line, digipeater);
        identity.push(digipeater);
      }
      table.add(device, line.has(first) ? 'gateway' : 'direct', isDefault, line.fingerprint(identity));
    },
    end: () => table.end(changes),
  };
};

export const ax25Route = collector({
  name: 'ax25_route',
  file: 'net/ax25_route',
  about: 'AX.25 routes, direct or by way of digipeaters, and whether there is a default route.',
  fold: ({ memory }) =>
    headed('callsign dev', header => routeLines(header, fingerprint => memory.changes(fingerprint))),
  families: routeFamilies('ax25', { kinds: ['direct', 'gateway'] }),
});
