/** Of a list of measurements, the few numbers that are told. */

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

export const summarize = (values: readonly number[]): Summary => {
  const sorted = ascending(values);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return {
    median: sorted.length % 2 === 0 ? ((sorted[middle - 1] ?? NaN) + upper) / 2 : upper,
    min: sorted[0] ?? NaN,
    max: sorted.at(-1) ?? NaN,
    count: sorted.length,
  };
};

export const median = (values: readonly number[]): number => summarize(values).median;

/** The smallest value that so large a share of all is not above. */
export const percentile = (values: readonly number[], share: number): number =>
  ascending(values)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? NaN;

const ascending = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);
