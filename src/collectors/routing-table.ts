/** What route, ipv6_route and the routes of other address families fold to, and the families read off it. */
import type { FamilySpec } from '../metrics/family.ts';
import { countedByDevice, noDevice, type AddressFamily } from '../metrics/label.ts';
import { familyOf } from './collector.ts';

export const routeKinds = ['direct', 'gateway', 'host', 'reject'] as const;
export type RouteKind = (typeof routeKinds)[number];

/** `direct 3, gateway 1, …` by device; the device of a route without one is ''. */
export interface RoutingTable {
  readonly routes: ReadonlyMap<string, Readonly<Record<RouteKind, number>>>;
  readonly defaultRoutes: ReadonlyMap<string, number>;
  readonly changes: number;
}

/** What a fold of rows needs to add one route. */
export interface RoutingTableBuilder {
  add(device: string, kind: RouteKind, isDefault: boolean, fingerprint: number): void;
  end(changes: (fingerprint: number) => number): RoutingTable;
}

export const routingTable = (): RoutingTableBuilder => {
  const routes = new Map<string, Record<RouteKind, number>>();
  const defaultRoutes = new Map<string, number>();
  let sum = 0;

  return {
    add(device, kind, isDefault, fingerprint) {
      const kinds = routes.get(device) ?? { direct: 0, gateway: 0, host: 0, reject: 0 };
      kinds[kind]++;
      routes.set(device, kinds);
      if (isDefault) defaultRoutes.set(device, (defaultRoutes.get(device) ?? 0) + 1);
      // A sum, because the order of rows says nothing.
      sum = (sum + fingerprint) >>> 0;
    },
    end: changes => ({ routes, defaultRoutes, changes: changes(sum) }),
  };
};

/** What there is of routes in an address family; without a word: all of it. */
interface Kinship {
  readonly kinds?: readonly RouteKind[];
  /** Whether its kernel file tells the device of a route. */
  readonly hasDevices?: boolean;
  /** Whether it knows a route for everything that has no other. */
  readonly hasDefaults?: boolean;
}

export const routeFamilies = (
  family: AddressFamily,
  { kinds = routeKinds, hasDevices = true, hasDefaults = true }: Kinship = {},
): readonly FamilySpec<RoutingTable>[] => {
  const metric = familyOf<RoutingTable>();
  const families = { name: 'family', values: [family] } as const;
  const devices = hasDevices ? countedByDevice : noDevice;
  const routes = metric({
    name: 'routes',
    kind: 'gauge',
    help: 'Routes by device: "reject" ones refuse or swallow what they match, and have no device on IPv4; nor has any route of NET/ROM, ROSE and IPX (Iface and Flags of net/route and its siblings).',
    labels: [families, devices, { name: 'kind', values: kinds }],
    sample(table, emit) {
      for (const [device, counts] of table.routes) {
        for (const kind of kinds) emit(counts[kind], family, device, kind);
      }
    },
  });
  const defaultRoutes = metric({
    name: 'default_routes',
    kind: 'gauge',
    help: 'Default routes by device; 0 without a device means that there is none, and nothing beyond the own networks can be reached (destination and prefix zero in net/route, and the like in its siblings).',
    labels: [families, devices],
    sample(table, emit) {
      if (table.defaultRoutes.size === 0) emit(0, family, '');
      for (const [device, count] of table.defaultRoutes) emit(count, family, device);
    },
  });
  const changes = metric({
    name: 'route_changes_total',
    kind: 'counter',
    help: 'Readings that found another table than the one before: steady growth is a routing daemon or a link that flaps (rows of net/route and its siblings without their use counts).',
    labels: [families],
    sample(table, emit) {
      emit(table.changes, family);
    },
  });
  return hasDefaults ? [routes, defaultRoutes, changes] : [routes, changes];
};
