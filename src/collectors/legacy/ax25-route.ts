/**
 * /proc/net/ax25_route: one line an AX.25 route, printed by ax25_rt_seq_show() in net/ax25/ax25_route.c. Behind the mode
 * come the digipeaters on the way, if any. Kernel 2.0 prints a count and a time before the mode, and a flag behind it
 * unless that is a blank.
 */
import type { Fold } from '../../text/fold.ts';
import { columnOf, headed, requiredColumn } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { bareRoute, rowPerLine } from '../route-rows.ts';
import { routeFamilies, routingTable, type RoutingTable } from '../routing-table.ts';
import type { Route } from '../rows.ts';
import { deviceIn, fieldsFrom, requireCallsign } from './fields.ts';

const HEADER = 'callsign dev';

const field = { callsign: 0, device: 1 } as const;

/** The columns that are not in the same place on all kernels. */
interface Columns {
  readonly mode: number;
  /** Kernel 2.0 alone counts what a route is used for. */
  readonly uses: number | undefined;
}

const columnsOf = (header: Line): Columns => ({
  mode: requiredColumn(header, 'mode'),
  uses: columnOf(header, 'count'),
});

const isDefault = (line: Line): boolean => line.is(field.callsign, 'default');

/** A callsign is never a single character: it ends in a number. */
const digipeaterFields = (line: Line, { mode }: Columns): readonly number[] =>
  fieldsFrom(line, line.width(mode + 1) === 1 ? mode + 2 : mode + 1);

const routeIn = (line: Line, columns: Columns): Route => {
  if (!isDefault(line)) requireCallsign(line, field.callsign);
  const destination = line.text(field.callsign);
  const device = deviceIn(line, field.device);
  const mode = line.text(columns.mode);
  const digipeaters = digipeaterFields(line, columns).map(digipeater => {
    requireCallsign(line, digipeater);
    return line.text(digipeater);
  });
  return {
    ...bareRoute,
    family: 'ax25',
    destination,
    gateway: digipeaters[0] ?? '',
    uses: columns.uses === undefined ? undefined : line.decimal(columns.uses),
    device,
    detail: { kind: 'ax25', mode, digipeaters },
  };
};

const routeLines = (header: Line, changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  const columns = columnsOf(header);
  return {
    add(line) {
      const { device, gateway } = routeIn(line, columns);
      const identity = [field.callsign, field.device, columns.mode, ...digipeaterFields(line, columns)];
      const kind = gateway === '' ? 'direct' : 'gateway';
      table.add(device, kind, isDefault(line), line.fingerprint(identity));
    },
    end: () => table.end(changes),
  };
};

export const ax25Route = collector({
  name: 'ax25_route',
  file: 'net/ax25_route',
  about: 'AX.25 routes, direct or by way of digipeaters, and whether there is a default route.',
  fold: ({ memory }) =>
    headed(HEADER, header => routeLines(header, fingerprint => memory.changes(fingerprint))),
  families: routeFamilies('ax25', { kinds: ['direct', 'gateway'] }),
  rows: {
    of: 'routes',
    fold: ({ offer }) =>
      headed(HEADER, header => {
        const columns = columnsOf(header);
        return rowPerLine(line => routeIn(line, columns), offer);
      }),
  },
});
