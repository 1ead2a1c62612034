/** What the options of `show` mean for the tables, which know no command line. */
import type { InterfaceOptions } from '../faces/netstat/interfaces.ts';
import type { NatOptions } from '../faces/netstat/nat.ts';
import type { RouteOptions } from '../faces/netstat/routes.ts';
import type { Selection, SocketColumns } from '../faces/netstat/sockets.ts';
import type { StatisticOptions } from '../faces/netstat/statistics.ts';
import type { ShowOptions } from '../show-options.ts';

export const selectionOf = ({ all, listening }: ShowOptions): Selection =>
  all ? 'all' : listening ? 'servers' : 'others';

export const socketColumns = ({ extended, programs, timers, wide }: ShowOptions): SocketColumns => ({
  ...{ extended: extended > 0, programs, timers, wide },
});

/** Netstat counts so: without -e two, with one -e one, and with more all columns. */
export const routeOptions = ({ extended }: ShowOptions, cached: boolean): RouteOptions => ({
  extended: extended === 0 ? 2 : extended === 1 ? 1 : 3,
  cached,
});

export const interfaceOptions = ({ extended }: ShowOptions): InterfaceOptions => ({
  extended: extended > 0,
});

export const natOptions = ({ extended }: ShowOptions): NatOptions => ({ isExtended: extended > 0 });

export const statisticOptions = ({ families, sockets, verbose }: ShowOptions): StatisticOptions => ({
  families: families.filter(family => family === 'inet' || family === 'inet6'),
  protocols: sockets.filter(
    kind => kind === 'tcp' || kind === 'udp' || kind === 'udplite' || kind === 'sctp' || kind === 'raw',
  ),
  isVerbose: verbose,
});
