/**
 * /proc/net/rt6_stats: seven hexadecimal numbers about the routing of IPv6, printed by rt6_stats_seq_show() in
 * net/ipv6/route.c. Those that are not read repeat the size of the tables or count what was allocated for them.
 */
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { ParseError } from '../text/parse-error.ts';
import { whole } from '../text/whole.ts';
import { collector, familyOf } from './collector.ts';
import { routeCacheFamily, type RouteCache } from './route-cache.ts';

interface RouteStatistics extends RouteCache {
  readonly destinations: number;
}

const field = { cached: 4, destinations: 5, discarded: 6 } as const;

const oneLine = (): Fold<Line, RouteStatistics> => {
  let statistics: RouteStatistics | undefined;
  return {
    add(line) {
      if (statistics !== undefined) throw line.wrong(0, 'expected one line');
      line.hex(field.discarded);
      statistics = { entries: line.hex(field.cached), destinations: line.hex(field.destinations) };
    },
    end() {
      if (statistics === undefined) throw new ParseError('no numbers', 0, 'file');
      return statistics;
    },
  };
};

export const rt6Stats = collector({
  name: 'rt6_stats',
  file: 'net/rt6_stats',
  about: 'The route cache of IPv6, and the destinations that the kernel keeps in memory.',
  fold: () => whole(oneLine()),
  families: [
    routeCacheFamily('inet6'),
    familyOf<RouteStatistics>()({
      name: 'route_destinations',
      kind: 'gauge',
      help: 'Destinations kept in memory: where kernels before 6.3 reach net.ipv6.route.max_size, senders get "Network is unreachable" (sixth number of net/rt6_stats).',
      labels: [{ name: 'family', values: ['inet6'] }],
      sample({ destinations }, emit) {
        emit(destinations, 'inet6');
      },
    }),
  ],
});
