/** The tables of `show` that are not of sockets: routes, interfaces, groups, translated connections, statistics. */
import type { Collector } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import type { Group, Interface, Neighbour, Route, Session } from '../collectors/rows.ts';
import type { NeighbourOf } from '../faces/netstat/routes.ts';
import type { Outcome } from '../snapshot/outcome.ts';
import { createMemories } from '../snapshot/memory.ts';
import { readCollector } from '../snapshot/read.ts';
import { readRows, type Takers } from '../snapshot/rows.ts';
import type { Reading } from './show-sockets.ts';

type Family = Route['family'];

/** Routes by which is forwarded, and behind them those of the cache, where a family has one. */
const routeFiles: Readonly<
  Partial<Record<Family, { readonly fib: readonly string[]; readonly cache?: string }>>
> = {
  inet: { fib: ['route'], cache: 'rt_cache' },
  inet6: { fib: ['ipv6_route'], cache: 'ipv6_route' },
  ax25: { fib: ['ax25_route'] },
  // Nodes name their neighbours by number.
  netrom: { fib: ['nr_neigh', 'nr_nodes'] },
  rose: { fib: ['rose_neigh', 'rose_nodes'] },
  x25: { fib: ['x25_route'] },
  ipx: { fib: ['ipx_route'] },
  ddp: { fib: ['atalk_route'] },
};

/** @returns whether the kernel has routes of the family */
export const readRoutes = (
  reading: Reading,
  family: Family,
  cached: boolean,
  take: (route: Route, neighbourOf: NeighbourOf) => void,
): boolean => {
  const { fib, cache } = routeFiles[family] ?? { fib: [] };
  const neighbours = new Map<number, Neighbour>();
  const neighbourOf: NeighbourOf = (_family, number) => neighbours.get(number);
  return read(reading, cached && cache !== undefined ? [cache] : fib, {
    routes(route) {
      take(route, neighbourOf);
    },
    neighbours(neighbour) {
      if (neighbours.size < NEIGHBOURS_LIMIT) neighbours.set(neighbour.number, neighbour);
    },
  });
};

/** A host has some hundred. */
const NEIGHBOURS_LIMIT = 16_384;

/** What several files tell, in the order in which they are to be joined. */
export const readInterfaces = (reading: Reading): readonly Interface[] => {
  const all: Interface[] = [];
  read(reading, ['dev', 'interfaces', 'if_inet6'], { interfaces: each => all.push(each) });
  return all;
};

/** @returns whether the kernel has groups of any of these versions */
export const readGroups = (
  reading: Reading,
  ipVersions: readonly Group['family'][],
  take: (group: Group) => void,
): boolean => {
  const files = { inet: 'igmp', inet6: 'igmp6' } as const;
  return read(
    reading,
    ipVersions.map(version => files[version]),
    { groups: take },
  );
};

export const readSessions = (
  reading: Reading,
  ipVersions: readonly Session['family'][],
  take: (session: Session) => void,
): boolean =>
  read(reading, ['conntrack'], {
    nat(session) {
      if (ipVersions.includes(session.family)) take(session);
    },
  });

/** Folded as for a scrape: statistics are no rows. */
export const readStatistics = ({ source, report }: Reading): ReadonlyMap<string, Outcome> =>
  new Map(
    named(['snmp', 'netstat', 'sctp_snmp', 'snmp6']).map(collector => {
      const outcome = readCollector(collector, source, createMemories()(collector.name));
      report(collector, outcome);
      return [collector.name, outcome] as const;
    }),
  );

const named = (names: readonly string[]): readonly Collector<string, unknown>[] =>
  names.flatMap(name => collectors.filter((each: Collector<string, unknown>) => each.name === name));

/** @returns whether the kernel has any of the files */
const read = ({ source, report }: Reading, names: readonly string[], takers: Takers): boolean => {
  let isThere = false;
  for (const collector of named(names)) {
    const outcome = readRows(collector, source, takers);
    if (outcome === undefined) continue;
    report(collector, outcome);
    if (outcome.status !== 'absent') isThere = true;
  }
  return isThere;
};
