/** What there is to show, and what netstat shows of it when it is asked for this and that: the rules of its main(). */
import { didYouMean, UsageError } from './usage.ts';
import type { AddressFamily } from './metrics/label.ts';

/**
 * Throws a UsageError where there is no such table. Beside a table that stands alone netstat leaves out sockets and groups without
 * a word, and so do we.
 */
export const contentsOf = (asked: Asked): Contents => {
  const { table, groups } = asked;
  const { sockets, required } = socketsOf(asked);
  const versions = ipVersionsIn(asked);
  const nothing = {
    ...{ sockets: [], required: [], families: [] },
    ipVersions: versions.length > 0 ? versions : ipVersions,
  };
  switch (table) {
    case undefined: {
      const ofSockets = sockets.length > 0 ? (['sockets'] as const) : [];
      const ofGroups = groups ? (['groups'] as const) : [];
      return { ...nothing, views: [...ofSockets, ...ofGroups], sockets, required };
    }
    case 'statistics': {
      const protocols = sockets.filter(isOfInternet);
      return { ...nothing, views: [table], sockets: protocols, families: familiesOf(table, asked) };
    }
    case 'routes':
      return { ...nothing, views: [table], families: familiesOf(table, asked) };
    case 'interfaces':
    case 'nat':
      return { ...nothing, views: [table] };
  }
};

/** What the options name. */
export interface Asked {
  readonly table: Table | undefined;
  readonly groups: boolean;
  readonly protocols: ReadonlySet<SocketKind>;
  /** In their order, each with the option that named it first. */
  readonly families: ReadonlyMap<Family, string>;
}

export interface Contents {
  /** One; or both `sockets` and `groups`, where netstat prints the groups behind the sockets of the internet. */
  readonly views: readonly View[];
  /** In the order in which they are shown. Of the view `statistics` they are the protocols, of other tables there are none. */
  readonly sockets: readonly SocketKind[];
  /** Those of them that were asked for by name. Where the kernel does not have them, that is an error, otherwise nothing. */
  readonly required: readonly SocketKind[];
  /** Of the sockets of the internet, of groups and of translated connections. */
  readonly ipVersions: readonly IpVersion[];
  /** Of the views `routes` and `statistics`, in the order in which they were asked for. */
  readonly families: readonly AddressFamily[];
}

export type View = 'sockets' | 'groups' | Table;

/** What nothing else is shown beside. */
export type Table = 'routes' | 'interfaces' | 'nat' | 'statistics';

export type IpVersion = 'inet' | 'inet6';
const ipVersions: readonly IpVersion[] = ['inet', 'inet6'];

const internet = ['tcp', 'sctp', 'udp', 'udplite', 'raw'] as const;
const others = ['unix', 'ipx', 'ax25', 'x25', 'netrom', 'rose', 'l2cap', 'rfcomm'] as const;
/** Netstat shows none of them, though it has the name of the first. */
const unknownToNetstat = ['ddp', 'packet', 'netlink'] as const;

/** In the order in which they are shown. */
const socketKinds = [...internet, ...others, ...unknownToNetstat] as const;

export type SocketKind = (typeof socketKinds)[number];

export interface Family {
  readonly name: AddressFamily;
  readonly aliases?: readonly string[];
  readonly letter?: string;
  /** Those of the internet are told by protocol instead. */
  readonly sockets: readonly SocketKind[];
  readonly hasRoutes: boolean;
  readonly about: string;
  /** Netstat does not have it. */
  readonly isOurs?: true;
}

export const families: readonly Family[] = [
  { name: 'inet', aliases: ['ip', 'tcpip'], letter: '4', sockets: [], hasRoutes: true, about: 'IPv4.' },
  { name: 'inet6', aliases: ['ip6'], letter: '6', sockets: [], hasRoutes: true, about: 'IPv6.' },
  { name: 'unix', letter: 'x', sockets: ['unix'], hasRoutes: false, about: 'Sockets within the host.' },
  { name: 'ax25', sockets: ['ax25'], hasRoutes: true, about: 'AX.25 of amateur radio.' },
  { name: 'netrom', sockets: ['netrom'], hasRoutes: true, about: 'NET/ROM of amateur radio.' },
  { name: 'rose', sockets: ['rose'], hasRoutes: true, about: 'ROSE of amateur radio.' },
  { name: 'x25', sockets: ['x25'], hasRoutes: true, about: 'X.25.' },
  { name: 'ipx', sockets: ['ipx'], hasRoutes: true, about: 'IPX of Novell.' },
  { name: 'ddp', aliases: ['appletalk'], sockets: ['ddp'], hasRoutes: true, about: 'DDP of AppleTalk.' },
  { name: 'bluetooth', sockets: ['l2cap', 'rfcomm'], hasRoutes: false, about: 'L2CAP and RFCOMM.' },
  {
    name: 'packet',
    sockets: ['packet'],
    hasRoutes: false,
    about: 'Sockets that see the frames of interfaces. Netstat does not show them.',
    isOurs: true,
  },
  {
    name: 'netlink',
    sockets: ['netlink'],
    hasRoutes: false,
    about: 'Sockets that talk with the kernel. Netstat does not show them.',
    isOurs: true,
  },
];

const familyNamed: ReadonlyMap<string, Family> = new Map(
  families.flatMap(family => [family.name, ...(family.aliases ?? [])].map(name => [name, family] as const)),
);

/** Netstat takes them with -A, and then shows what it shows when it is asked for nothing. */
const familiesWithoutTables: readonly string[] = ['econet', 'ash'];

/** The family of that name. @param written the option that names it, for messages */
export const familyCalled = (name: string, written: string): Family => {
  const family = familyNamed.get(name);
  if (family !== undefined) return family;
  if (familiesWithoutTables.includes(name)) {
    throw new UsageError(`${written}: the kernel has no table of the family ${name}`);
  }
  throw new UsageError(`${written}: unknown address family ${name}${didYouMean(name, familyNamed.keys())}`);
};

const ipVersionsIn = ({ families }: Asked): readonly IpVersion[] =>
  ipVersions.filter(version => [...families.keys()].some(({ name }) => name === version));

const isOfInternet = (kind: SocketKind): boolean => internet.some(each => each === kind);

/** An IP version without a protocol stands for all protocols, of which none is asked for by name. */
const socketsOf = (asked: Asked): Pick<Contents, 'sockets' | 'required'> => {
  const { table, groups, protocols } = asked;
  const ofFamilies = [...asked.families.keys()]
    .filter(({ sockets }) => !sockets.some(kind => protocols.has(kind)))
    .flatMap(({ sockets }) => sockets);
  const named = new Set([...protocols, ...ofFamilies]);
  const implied =
    (ipVersionsIn(asked).length > 0 || table === 'statistics') && ![...protocols].some(isOfInternet);
  const kinds: readonly SocketKind[] = [...named, ...(implied ? internet : [])];
  const shown = kinds.length > 0 || groups ? kinds : [...internet, ...others];
  return {
    sockets: socketKinds.filter(kind => shown.includes(kind)),
    required: socketKinds.filter(kind => named.has(kind)),
  };
};

const familiesOf = (table: 'routes' | 'statistics', { families }: Asked): readonly AddressFamily[] => {
  const has = ({ name, hasRoutes }: Family) =>
    table === 'routes' ? hasRoutes : ipVersions.some(version => version === name);
  for (const [family, written] of families) {
    if (!has(family)) throw new UsageError(`${written}: there are no ${table} of the family ${family.name}`);
  }
  return families.size === 0 ? ['inet'] : [...families.keys()].map(({ name }) => name);
};
