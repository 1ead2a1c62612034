/** Reads collectors one after the other, with what they remember from one reading to the next. */
import type { Collector, Extent, Top } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import type { NamespaceName } from '../procfs/namespaces.ts';
import type { Netlink } from '../procfs/netlink.ts';
import { createOwners } from '../procfs/owners.ts';
import { processFiles } from '../procfs/process-files.ts';
import { directory, showsOwnNamespace, type Places } from '../procfs/source.ts';
import { createUserNames } from '../procfs/users.ts';
import type { Machine } from '../text/machine.ts';
import { createFirstSeen } from './first-seen.ts';
import { createLedgers, type LedgerSettings } from './ledger.ts';
import { createMemories } from './memory.ts';
import { createOtherNamespaces, type NamespaceSettings } from './other-namespaces.ts';
import {
  inAllNamespaces,
  wholly,
  type NamespaceOutcome,
  type OneOutcome,
  type Outcome,
  type ReaderChoice,
} from './outcome.ts';
import { createPageReading } from './page-reading.ts';
import { createProgramNames } from './program-names.ts';
import type { ProgramRule } from './program-rules.ts';
import { inTurn, sysctlsOf } from './read.ts';
import { createReadSockets, createTwins } from './read-sockets.ts';
import type { TableQuery } from './table-page.ts';

export interface ReaderSettings {
  readonly places: Places;
  readonly machine: Machine;
  /** Names of the collectors that are switched on. */
  readonly enabled: readonly string[];
  readonly programs: LedgerSettings & { readonly rules: readonly ProgramRule[] };
  readonly top: Top;
  /** Undefined where one network namespace is read. */
  readonly namespaces?: NamespaceSettings | undefined;
  /** How the sockets of collectors are to be read; `auto` for those that are not named. */
  readonly readers: Readonly<Record<string, ReaderChoice>>;
  /** How much scrapes ask for over netlink; `whole` for those that are not named. */
  readonly extents: Readonly<Record<string, Extent>>;
}

/**
 * Gives the outcomes in the order of the names, each as soon as it is there, and owners behind the sockets.
 * @param proceed asked before every read; throws to end the reading
 * @param query asks for the rows of a table in place of counts: they come at last, as the outcome of `PAGE`
 */
export type ReadAll = (
  names: readonly string[],
  proceed?: () => void,
  query?: TableQuery,
) => Iterable<readonly [collector: string, outcome: Outcome]>;

/** Not a collector: which network namespaces are read, `NamespacesRead`; only where several are. */
export const NAMESPACES = 'namespaces';

const MILLISECONDS_PER_SECOND = 1000;

/** Whether any collector may want to read over netlink. */
export const wantsNetlink = ({ places, enabled, readers }: ReaderSettings): boolean =>
  showsOwnNamespace(places.procfs) &&
  collectors.some(({ name, overNetlink }: Collector<string, unknown>) => {
    const choice = readers[name] ?? 'auto';
    const isWanted = choice === 'netlink' || (choice === 'auto' && overNetlink?.isCheaper === true);
    return overNetlink !== undefined && enabled.includes(name) && isWanted;
  });

/** Those of the names, and before them those that nobody has named but another may need. */
const inOrder = (names: readonly string[]): readonly Collector<string, unknown>[] => {
  const all: readonly Collector<string, unknown>[] = collectors;
  const places = new Map(names.map((name, place) => [name, place]));
  const placeOf = (name: string): number => places.get(name) ?? -1;
  const lastSockets = Math.max(
    ...all.map(({ name, tellsSockets }) => (tellsSockets === true ? placeOf(name) : -1)),
  );
  const rank = ({ name, ofSockets }: Collector<string, unknown>): number =>
    ofSockets === true ? Math.max(placeOf(name), lastSockets) : placeOf(name);
  return all.toSorted((a, b) => rank(a) - rank(b));
};

/** What readings know of those before them, whatever the settings are by now. All of it is bounded. */
export interface Remembered {
  readonly memoryOf: ReturnType<typeof createMemories>;
  /** Of other network namespaces, by inode. */
  readonly memoriesElsewhere: Map<string, ReturnType<typeof createMemories>>;
  readonly owners: ReturnType<typeof createOwners>;
  readonly closeWaitSince: ReturnType<typeof createFirstSeen>;
}

export const rememberNothing = ({
  places,
  namespaces,
}: Pick<ReaderSettings, 'places' | 'namespaces'>): Remembered => ({
  memoryOf: createMemories(),
  memoriesElsewhere: new Map(),
  owners: createOwners(places.procfs, processFiles(places.procfs, namespaces !== undefined)),
  closeWaitSince: createFirstSeen(),
});

/**
 * @param netlink undefined where it could not be loaded, or nobody wants it
 * @param remembered of the same places
 */
export const createReading = (
  settings: ReaderSettings,
  netlink?: Netlink,
  { memoryOf, memoriesElsewhere, owners, closeWaitSince }: Remembered = rememberNothing(settings),
): ReadAll => {
  const { places, machine, enabled, programs, top, readers, extents, namespaces } = settings;
  const noNetlink = showsOwnNamespace(places.procfs) ? 'package' : 'namespace';
  const readSockets = createReadSockets(readers, netlink ?? noNetlink);
  const userName = createUserNames(places.procfs);
  const programNames = createProgramNames(programs.rules, userName);
  const ledgers = createLedgers({ owners, names: programNames, closeWaitSince }, programs);
  const beginLedger = ledgers.of(memoryOf('programs'), true);
  const others = namespaces && createOtherNamespaces(places, machine, namespaces, ledgers, memoriesElsewhere);

  const readPage = createPageReading(
    places,
    machine,
    {
      ...{ closeWaitSince, userName, isPart: others !== undefined },
      holders: enabled.includes('programs') ? { owners, names: programNames } : undefined,
    },
    programs.searchSeconds * MILLISECONDS_PER_SECOND,
    readSockets,
    others,
  );

  return function* (names, proceed, query) {
    if (query !== undefined) {
      const asked = names.flatMap(each => collectors.filter(({ name }) => name === each));
      yield* readPage(query, asked, proceed);
      return;
    }
    const asksForOwners = collectors.some(
      ({ name, ofSockets }) => ofSockets === true && names.includes(name),
    );
    if (asksForOwners) ledgers.begin();
    const ledger = asksForOwners ? beginLedger() : undefined;
    const shared = { userName, top, proceed, extents };
    const source = directory(places, machine, proceed);
    // Who asks for owners alone wants those of all sockets.
    const wanted = inOrder(names).filter(
      ({ name, tellsSockets }) =>
        names.includes(name) || (asksForOwners && tellsSockets === true && enabled.includes(name)),
    );
    const twins = createTwins(wanted, memoryOf);
    const reading = { ...shared, ledger, sysctl: sysctlsOf(source) };
    const readHere = inTurn(collector =>
      readSockets(collector, source, memoryOf(collector.name), reading, true, twins),
    );
    const elsewhere = others?.begin(asksForOwners, shared);
    if (elsewhere !== undefined) yield [NAMESPACES, wholly(elsewhere.names)];

    for (const collector of wanted) {
      const here = readHere(collector);
      const outcome =
        elsewhere === undefined ? here : together(elsewhere.names.home, here, elsewhere.read(collector));
      if (names.includes(collector.name)) yield [collector.name, outcome] as const;
    }
    if (asksForOwners) ledgers.end();
  };
};

const together = (
  { netns, container }: NamespaceName,
  here: OneOutcome,
  others: readonly NamespaceOutcome[],
): Outcome => inAllNamespaces([{ netns, container, outcome: here }, ...others]);
