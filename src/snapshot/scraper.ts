/** Everything between a request and its metric families: read or share a reading, materialize, add our own health. */
import type { Collector } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import type { TableName } from '../collectors/rows.ts';
import type { MetricFamily } from '../metrics/family.ts';
import { exporterFamilies, processFamilies, usage, type Exporter } from './exporter.ts';
import { consistencyFamilies } from './consistency.ts';
import { healthFamilies } from './health.ts';
import {
  createMaterializer,
  createFamilies,
  PREFIX,
  type Materialized,
  type Selection,
} from './materialize.ts';
import type { NamespacesRead } from './other-namespaces.ts';
import { PAGE } from './page-reading.ts';
import type { FailureReason, Snapshot } from './outcome.ts';
import type { InPieces } from './pieces.ts';
import type { Reader, Reading } from './reader.ts';
import { shareReadings } from './share.ts';
import type { TablePage, TableQuery } from './table-page.ts';
import { takeSnapshot } from './take.ts';
import { NAMESPACES, type ReaderSettings } from './reading.ts';

export interface Scrape {
  readonly snapshot: Snapshot;
  /** Undefined where one network namespace is read, and where it was not known in time which there are. */
  readonly namespaces?: NamespacesRead | undefined;
  /** Makes all families anew, the collectors' and the exporter's own. */
  readonly materialize: () => Pick<Materialized, 'families' | 'series'>;
}

export interface Scraper {
  /** @param names collectors to read; @param limitSeconds when those that are not done have failed */
  readonly scrape: (names: readonly string[], limitSeconds: number) => Promise<Scrape>;
  /** The rows of a table, from those of these collectors that have some, those of TCP first. */
  readonly table: (names: readonly string[], query: TableQuery, limitSeconds: number) => Promise<TableTaken>;
  /** What is asked for from now on is read and exposed by these settings; counters and ages go on. The places stay. */
  readonly configure: (settings: ReaderSettings, selection: Selection, withProcess: boolean) => void;
  readonly close: () => Promise<void>;
}

export interface TableTaken {
  /** Of the collectors that have such rows. */
  readonly snapshot: Snapshot;
  readonly page: TablePage | undefined;
  /** Why there is none. */
  readonly failure: { readonly reason: FailureReason | 'absent'; readonly message: string } | undefined;
}

/**
 * @param withProcess whether to tell what the exporter's process uses
 * @param further families of whoever serves
 */
export const createScraper = (
  reader: Reader,
  selection: Selection,
  exporter: Exporter,
  withProcess: boolean,
  further: () => readonly MetricFamily[] = () => [],
): Scraper => {
  /** Nobody shares a reading by settings of before, and whoever waits for one keeps them. */
  const configured = (selection: Selection, withProcess: boolean) => {
    const materialize = createMaterializer(collectors, selection);
    const ofHealth = createFamilies(PREFIX, healthFamilies);
    const ofConsistency = createFamilies(PREFIX, consistencyFamilies);
    const ofExporter = createFamilies(PREFIX, exporterFamilies);
    const ofProcess = createFamilies('', processFamilies);
    const scrapeOf = (taken: Snapshot): Scrape => {
      const found = taken.get(NAMESPACES);
      const namespaces = found?.status === 'ok' ? (found.data as NamespacesRead) : undefined;
      const snapshot = new Map([...taken].filter(([name]) => name !== NAMESPACES));
      return {
        snapshot,
        namespaces,
        materialize() {
          const materialized = materialize(snapshot);
          const { series } = materialized;
          const ownFamilies = (): readonly MetricFamily[] => [
            ...ofHealth({ snapshot, materialized }),
            ...ofConsistency(snapshot),
            ...ofExporter({ ...exporter, namespaces }),
            ...(withProcess ? ofProcess(usage()) : []),
            ...further(),
          ];
          return { families: oneAfterTheOther(materialized.families, ownFamilies), series };
        },
      };
    };
    return { share: shareReadings(reader), scrapeOf };
  };
  let current = configured(selection, withProcess);
  /** By the reading that was finished in time. */
  const scrapes = new WeakMap<Reading, Scrape>();

  return {
    async scrape(names, limitSeconds) {
      const { share, scrapeOf } = current;
      const shared = share(names);
      const taken = await takeSnapshot(shared, [...names, NAMESPACES], limitSeconds);
      const outcomes = shared.reading.outcomes();
      // Whoever gave up earlier than the others has another snapshot than they.
      if (names.some(name => outcomes.get(name) !== taken.get(name))) return scrapeOf(taken);
      const scrape = scrapes.get(shared.reading) ?? scrapeOf(taken);
      scrapes.set(shared.reading, scrape);
      return scrape;
    },
    async table(names, query, limitSeconds) {
      const wanted: readonly (TableName | undefined)[] =
        query.table === 'routes' ? ['routes', 'neighbours'] : [query.table];
      const asked = names
        .filter(name => wanted.includes(tableOf(name)))
        .toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)));
      const taken = await takeSnapshot(current.share(asked, query), [...asked, PAGE], limitSeconds);
      const snapshot = new Map([...taken].filter(([name]) => name !== PAGE));
      const page = taken.get(PAGE);
      return {
        snapshot,
        page: page?.status === 'ok' ? (page.data as TablePage) : undefined,
        failure:
          page?.status === 'absent'
            ? { reason: 'absent', message: 'there is no such network namespace' }
            : page?.status === 'failed'
              ? page
              : undefined,
      };
    },
    configure(settings, selection, withProcess) {
      reader.configure(settings);
      current = configured(selection, withProcess);
    },
    close: () => reader.close(),
  };
};

/** What is told of the reading and of the exporter is known when all else was taken. */
function* oneAfterTheOther(
  families: Materialized['families'],
  ownFamilies: () => readonly MetricFamily[],
): InPieces<MetricFamily> {
  yield* families;
  yield* ownFamilies();
}

/** As netstat has it: a page may have no room for others. A scrape reads them last, since they take the longest. */
const isFirst = (name: string): boolean => name === 'tcp' || name === 'tcp6';

const tableOf = (name: string): TableName | undefined =>
  collectors.find((each: Collector<string, unknown>) => each.name === name)?.rows?.of;
