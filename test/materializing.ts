/** Families as the program makes them, all of them at once. */
import type { MetricFamily } from '../src/metrics/family.ts';
import { createMaterializer as createInPieces, type Materialized } from '../src/snapshot/materialize.ts';
import type { Snapshot } from '../src/snapshot/outcome.ts';

export interface AllMaterialized extends Materialized {
  readonly families: readonly MetricFamily[];
}

export const createMaterializer = (
  ...settings: Parameters<typeof createInPieces>
): ((snapshot: Snapshot) => AllMaterialized) => {
  const materialize = createInPieces(...settings);
  return snapshot => {
    const { families, ...rest } = materialize(snapshot);
    return { families: [...families].filter(family => family !== undefined), ...rest };
  };
};
