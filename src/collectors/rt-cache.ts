/**
 * /proc/net/rt_cache: routes of IPv4 by destination, printed by rt_cache_seq_show() in net/ipv4/route.c. There is no
 * such cache since 3.6, and the file has its header only.
 */
import { headed } from '../text/headed.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector } from './collector.ts';
import { routeCacheFamily, type RouteCache } from './route-cache.ts';

const field = { destination: 1, gateway: 2, flags: 3, source: 7 } as const;

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

export const rtCache = collector({
  name: 'rt_cache',
  file: 'net/rt_cache',
  about: 'The route cache that IPv4 had before kernel 3.6.',
  fold: () => headed('Iface Destination Gateway Flags RefCnt Use Metric Source', cacheLines),
  families: [routeCacheFamily('inet')],
});
