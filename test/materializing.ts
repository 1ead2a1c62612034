/** Families as the program makes them, without giving way to anybody in between. */
import { createMaterializer as createInPieces, type Materialized } from '../src/snapshot/materialize.ts';
import type { Snapshot } from '../src/snapshot/outcome.ts';
import { atOnce } from '../src/snapshot/pieces.ts';

export const createMaterializer = (
  ...settings: Parameters<typeof createInPieces>
): ((snapshot: Snapshot) => Materialized) => {
  const materialize = createInPieces(...settings);
  return snapshot => atOnce(materialize(snapshot));
};
