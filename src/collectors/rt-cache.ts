/**
 * /proc/net/rt_cache: routes of IPv4 by destination, printed by rt_cache_seq_show() in net/ipv4/route.c. There is no
 * such cache since 3.6, and the file has its header only.
 */
import { ipv4 } from '../text/address.ts';
import { columnOf, headed } from '../text/headed.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import type { Machine } from '../text/machine.ts';
import { collector } from './collector.ts';
import { routeCacheFamily, type RouteCache } from './route-cache.ts';
import { cacheLetters, markedLettersOf, oldCacheLetters } from './route-flags.ts';
import { bareRoute, rowPerLine } from './route-rows.ts';
import type { Route, RouteDetail } from './rows.ts';

const HEADER = 'Iface Destination Gateway Flags RefCnt Use Metric Source';

const field = { destination: 1, gateway: 2, flags: 3, source: 7 } as const;
const rest = { device: 0, references: 4, uses: 5, metric: 6, mtu: 8, window: 9, roundTripTime: 10 } as const;

const cacheLines = (): Fold<Line, RouteCache> => {
  let entries = 0;
  return {
    add(line) {
      for (const each of Object.values(field)) line.hex(each);
      entries++;
    },
    end: () => ({ entries }),
  };
};

/** The header tells the kernels before 2.1 from those after. */
const routeFrom = (header: Line, { byteOrder }: Machine): ((line: Line) => Route) => {
  const address = (line: Line, at: number): string => ipv4(line.hex(at), byteOrder);
  const column = {
    typeOfService: columnOf(header, 'TOS'),
    hardwareReferences: columnOf(header, 'HHRef') ?? columnOf(header, 'HH'),
    isUpToDate: columnOf(header, 'HHUptod') ?? columnOf(header, 'ARP'),
    specificDestination: columnOf(header, 'SpecDst'),
  };
  const letters = column.specificDestination === undefined ? oldCacheLetters : cacheLetters;

  const detailOf = (line: Line, source: string): RouteDetail => ({
    kind: 'cache',
    source,
    typeOfService: read(column.typeOfService, at => line.hex(at)),
    // -1 where the route has no hardware header.
    hardwareReferences: read(column.hardwareReferences, at => line.signed(at)),
    isUpToDate: read(column.isUpToDate, at => line.decimal(at)),
    specificDestination: read(column.specificDestination, at => address(line, at)) ?? '',
  });

  return line => {
    const destination = address(line, field.destination);
    const gateway = address(line, field.gateway);
    const flags = line.hex(field.flags);
    const source = address(line, field.source);
    return {
      ...bareRoute,
      family: 'inet',
      destination,
      // The destination itself where there is none on the way.
      gateway,
      flags: markedLettersOf(flags, letters),
      metric: line.decimal(rest.metric),
      references: line.signed(rest.references),
      uses: line.decimal(rest.uses),
      device: line.is(rest.device, '*') ? '' : line.text(rest.device),
      segmentBytes: line.decimal(rest.mtu),
      windowBytes: line.decimal(rest.window),
      roundTripMilliseconds: line.decimal(rest.roundTripTime),
      isCached: true,
      detail: detailOf(line, source),
    };
  };
};

/** Undefined where this kernel has no such column. */
const read = <T>(column: number | undefined, from: (column: number) => T): T | undefined =>
  column === undefined ? undefined : from(column);

export const rtCache = collector({
  name: 'rt_cache',
  file: 'net/rt_cache',
  about: 'The route cache that IPv4 had before kernel 3.6.',
  fold: () => headed(HEADER, cacheLines),
  families: [routeCacheFamily('inet')],
  rows: {
    of: 'routes',
    fold: ({ machine, offer }) => headed(HEADER, header => rowPerLine(routeFrom(header, machine), offer)),
  },
});
