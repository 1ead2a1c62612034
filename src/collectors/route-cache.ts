/** What rt_cache and rt6_stats fold to, and the family read off it. */
import { familyOf } from './collector.ts';

export interface RouteCache {
  readonly entries: number;
}

export const routeCacheFamily = (family: 'inet' | 'inet6') =>
  familyOf<RouteCache>()({
    name: 'route_cache_entries',
    kind: 'gauge',
    help: 'Routes remembered for single destinations: always 0 on IPv4 since kernel 3.6, on IPv6 those that a redirect or a path MTU made (rows of net/rt_cache, fifth number of net/rt6_stats).',
    labels: [{ name: 'family', values: [family] }],
    sample({ entries }, emit) {
      emit(entries, family);
    },
  });
