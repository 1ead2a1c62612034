/** Everything between a request and its metric families: read or share a reading, materialize, add our own health. */
import { collectors } from '../collectors/index.ts';
import type { MetricFamily } from '../metrics/family.ts';
import { exporterFamilies, processFamilies, type Exporter } from './exporter.ts';
import { healthFamilies } from './health.ts';
import { materialize, materializeAll, PREFIX, type Materialized, type Selection } from './materialize.ts';
import type { Snapshot } from './outcome.ts';
import { startReader } from './reader.ts';
import { shareReadings } from './share.ts';
import { takeSnapshot } from './take.ts';
import type { ReaderSettings } from './worker.ts';

export interface Scrape {
  readonly snapshot: Snapshot;
  readonly materialized: Materialized;
  /** All of them: the collectors' and the exporter's own. */
  readonly families: readonly MetricFamily[];
}

export interface Scraper {
  /** @param names collectors to read; @param limitSeconds when those that are not done have failed */
  scrape(names: readonly string[], limitSeconds: number): Promise<Scrape>;
  close(): Promise<void>;
}

/** @param exporter undefined to leave out what tells of the exporter's process */
export const createScraper = (
  settings: ReaderSettings,
  selection: Selection,
  exporter: Exporter | undefined,
): Scraper => {
  const reader = startReader(settings);
  const share = shareReadings(reader);

  return {
    async scrape(names, limitSeconds) {
      const snapshot = await takeSnapshot(share(names), names, limitSeconds);
      const materialized = materialize(snapshot, collectors, selection);
      const families = [
        ...materialized.families,
        ...materializeAll(PREFIX, healthFamilies, { snapshot, materialized }),
        ...(exporter === undefined
          ? []
          : [
              ...materializeAll(PREFIX, exporterFamilies, exporter),
              ...materializeAll('', processFamilies, process),
            ]),
      ];
      return { snapshot, materialized, families };
    },
    close: () => reader.close(),
  };
};
