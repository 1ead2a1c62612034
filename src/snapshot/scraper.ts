/** Everything between a request and its metric families: read or share a reading, materialize, add our own health. */
import type { Collector } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import type { TableName } from '../collectors/rows.ts';
import type { MetricFamily } from '../metrics/family.ts';
import { exporterFamilies, processFamilies, usage, type Exporter } from './exporter.ts';
import { healthFamilies } from './health.ts';
import {
  createMaterializer,
  materializeAll,
  PREFIX,
  type Materialized,
  type Selection,
} from './materialize.ts';
import type { FailureReason, Snapshot } from './outcome.ts';
import { startReader } from './reader.ts';
import { shareReadings } from './share.ts';
import type { TablePage, TableQuery } from './table-page.ts';
import { takeSnapshot } from './take.ts';
import { PAGE, type ReaderSettings } from './reading.ts';

export interface Scrape {
  readonly snapshot: Snapshot;
  readonly materialized: Materialized;
  /** All of them: the collectors' and the exporter's own. */
  readonly families: readonly MetricFamily[];
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
  readonly failure: { readonly reason: FailureReason; readonly message: string } | undefined;
}

/** @param withProcess whether to tell what the exporter's process uses */
export const createScraper = (
  settings: ReaderSettings,
  selection: Selection,
  exporter: Exporter,
  withProcess: boolean,
): Scraper => {
  const reader = startReader(settings);
  /** Nobody shares a reading by settings of before, and whoever waits for one keeps them. */
  const configured = (selection: Selection, withProcess: boolean) => ({
    share: shareReadings(reader),
    materialize: createMaterializer(collectors, selection),
    withProcess,
  });
  let current = configured(selection, withProcess);

  return {
    async scrape(names, limitSeconds) {
      const { share, materialize, withProcess } = current;
      const snapshot = await takeSnapshot(share(names), names, limitSeconds);
      const materialized = materialize(snapshot);
      const families = [
        ...materialized.families,
        ...materializeAll(PREFIX, healthFamilies, { snapshot, materialized }),
        ...materializeAll(PREFIX, exporterFamilies, exporter),
        ...(withProcess ? materializeAll('', processFamilies, usage()) : []),
      ];
      return { snapshot, materialized, families };
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
        failure: page?.status === 'failed' ? page : undefined,
      };
    },
    configure(settings, selection, withProcess) {
      reader.configure(settings);
      current = configured(selection, withProcess);
    },
    close: () => reader.close(),
  };
};

/** As netstat has it: a page may have no room for others. A scrape reads them last, since they take the longest. */
const isFirst = (name: string): boolean => name === 'tcp' || name === 'tcp6';

const tableOf = (name: string): TableName | undefined =>
  collectors.find((each: Collector<string, unknown>) => each.name === name)?.rows?.of;
