/** Reads collectors one after the other, with what they remember from one reading to the next. */
import type { Collector, Top } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import { createOwners } from '../procfs/owners.ts';
import type { Netlink } from '../procfs/netlink.ts';
import { directory, showsOwnNamespace, type Places, type Source } from '../procfs/source.ts';
import { createUserNames } from '../procfs/users.ts';
import type { Machine } from '../text/machine.ts';
import { createFirstSeen } from './first-seen.ts';
import { createLedgers, type LedgerSettings } from './ledger.ts';
import { createMemories } from './memory.ts';
import type { Outcome, ReaderChoice } from './outcome.ts';
import { createProgramNames } from './program-names.ts';
import type { ProgramRule } from './program-rules.ts';
import { failedOutcome, sysctlsOf } from './read.ts';
import { createReadSockets } from './read-sockets.ts';
import type { TableQuery } from './table-page.ts';
import { readTable } from './table-reading.ts';

export interface ReaderSettings {
  readonly places: Places;
  readonly machine: Machine;
  /** Names of the collectors that are switched on. */
  readonly enabled: readonly string[];
  readonly programs: LedgerSettings & { readonly rules: readonly ProgramRule[] };
  readonly top: Top;
  /** How the sockets of collectors are to be read; `auto` for those that are not named. */
  readonly readers: Readonly<Record<string, ReaderChoice>>;
}

/**
 * Gives the outcomes in the order of the list, each as soon as it is there; those of rows in the order of the names.
 * @param proceed asked before every read; throws to end the reading
 * @param query asks for the rows of a table in place of counts: they come at last, as the outcome of `PAGE`
 */
export type ReadAll = (
  names: readonly string[],
  proceed?: () => void,
  query?: TableQuery,
) => Iterable<readonly [collector: string, outcome: Outcome]>;

/** Not a collector: what became of the rows that were asked for, a `TablePage`. */
export const PAGE = 'page';

const MILLISECONDS_PER_SECOND = 1000;

/** Whether any collector may want to read over netlink. */
export const wantsNetlink = ({ places, enabled, readers }: ReaderSettings): boolean =>
  showsOwnNamespace(places.procfs) &&
  collectors.some(({ name, overNetlink }: Collector<string, unknown>) => {
    const choice = readers[name] ?? 'auto';
    const isWanted = choice === 'netlink' || (choice === 'auto' && overNetlink?.isCheaper === true);
    return overNetlink !== undefined && enabled.includes(name) && isWanted;
  });

/** What readings know of those before them, whatever the settings are by now. All of it is bounded. */
export interface Remembered {
  readonly memoryOf: ReturnType<typeof createMemories>;
  readonly owners: ReturnType<typeof createOwners>;
  readonly closeWaitSince: ReturnType<typeof createFirstSeen>;
}

export const rememberNothing = ({ places }: Pick<ReaderSettings, 'places'>): Remembered => ({
  memoryOf: createMemories(),
  owners: createOwners(places.procfs),
  closeWaitSince: createFirstSeen(),
});

/**
 * @param netlink undefined where it could not be loaded, or nobody wants it
 * @param remembered of the same places
 */
export const createReading = (
  settings: ReaderSettings,
  netlink?: Netlink,
  { memoryOf, owners, closeWaitSince }: Remembered = rememberNothing(settings),
): ReadAll => {
  const { places, machine, enabled, programs, top, readers } = settings;
  const noNetlink = showsOwnNamespace(places.procfs) ? 'package' : 'namespace';
  const readSockets = createReadSockets(readers, netlink ?? noNetlink);
  const userName = createUserNames(places.procfs);
  const programNames = createProgramNames(programs.rules, userName);
  const beginLedger = createLedgers(
    { owners, names: programNames, closeWaitSince },
    programs,
    memoryOf('programs'),
  );

  function* readPage(
    query: TableQuery,
    names: readonly string[],
    source: Source,
    proceed: (() => void) | undefined,
  ): ReturnType<ReadAll> {
    const start = performance.now();
    const seconds = (): number => (performance.now() - start) / MILLISECONDS_PER_SECOND;
    const mayLook = enabled.includes('programs');
    try {
      const page = yield* readTable(
        query,
        names.flatMap(each => collectors.filter(({ name }) => name === each)),
        source,
        { holders: mayLook ? { owners, names: programNames } : undefined, closeWaitSince, userName },
        programs.searchSeconds * MILLISECONDS_PER_SECOND,
        proceed,
        (collector, from, memory, reading, isRepeatable) =>
          readSockets(collector, from, memory, { ...reading, proceed }, isRepeatable),
      );
      yield [PAGE, { status: 'ok', data: page, skipped: { count: 0, examples: [] }, seconds: seconds() }];
    } catch (error) {
      yield [PAGE, failedOutcome(error, seconds())];
    }
  }

  return function* (names, proceed, query) {
    const source = directory(places, machine, proceed);
    if (query !== undefined) {
      yield* readPage(query, names, source, proceed);
      return;
    }
    const asksForOwners = collectors.some(
      ({ name, ofSockets }) => ofSockets === true && names.includes(name),
    );
    const ledger = asksForOwners ? beginLedger() : undefined;
    const shared = { ledger, userName, top, sysctl: sysctlsOf(source), proceed };
    let untold: Outcome | undefined;

    for (const collector of collectors) {
      const { name, tellsSockets, ofSockets } = collector;
      const isAsked = names.includes(name);
      // Who asks for owners alone wants those of all sockets.
      const isNeeded = asksForOwners && tellsSockets === true && enabled.includes(name);
      if (!isAsked && !isNeeded) continue;
      const outcome =
        ofSockets === true && untold !== undefined
          ? untold
          : readSockets(collector, source, memoryOf(name), shared);
      // A part of the sockets is a wrong number.
      if (tellsSockets === true && outcome.status === 'failed') untold = outcome;
      if (isAsked) yield [name, outcome] as const;
    }
  };
};
