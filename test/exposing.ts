/** What the program exposes, as text. */
import { createExposition as createOfBytes, type Format } from '../src/faces/exposition.ts';
import type { MetricFamily } from '../src/metrics/family.ts';

export const createExposition = (): ((
  families: Iterable<MetricFamily | undefined>,
  format: Format,
) => Promise<string>) => {
  const expose = createOfBytes();
  return async (families, format) => (await expose({ materialize: () => ({ families }) }, format)).toString();
};
