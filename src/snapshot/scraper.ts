/** Everything between a request and its metric families: read or share a reading, materialize, add our own health. */
import { collectors } from '../collectors/index.ts';
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
import type { Snapshot } from './outcome.ts';
import { startReader } from './reader.ts';
import { shareReadings } from './share.ts';
import { takeSnapshot } from './take.ts';
import type { ReaderSettings } from './reading.ts';

export interface Scrape {
  readonly snapshot: Snapshot;
  readonly materialized: Materialized;
  /** All of them: the collectors' and the exporter's own. */
  readonly families: readonly MetricFamily[];
}

export interface Scraper {
  /** @param names collectors to read; @param limitSeconds when those that are not done have failed */
  readonly scrape: (names: readonly string[], limitSeconds: number) => Promise<Scrape>;
  readonly close: () => Promise<void>;
}

/** @param withProcess whether to tell what the exporter's process uses */
export const createScraper = (
  settings: ReaderSettings,
  selection: Selection,
  exporter: Exporter,
  withProcess: boolean,
): Scraper => {
  const reader = startReader(settings);
  const share = shareReadings(reader);
  const materialize = createMaterializer(collectors, selection);

  return {
    async scrape(names, limitSeconds) {
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
    close: () => reader.close(),
  };
};
