/** What a thread that fuzzes is told, and what it tells. */
import type { Finding } from './fuzz.ts';

export interface Work {
  readonly seed: number;
  readonly from: number;
  /** Not this one any more. */
  readonly to: number;
  /** The word `CURRENT` has the number of the input that is tried, `STOP` is set to end early. */
  readonly words: Int32Array<SharedArrayBuffer>;
}

export const CURRENT = 0;
export const STOP = 1;

/** How often each kind of subject ended in each way. */
export type Endings = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface Report {
  readonly findings: readonly Finding[];
  /** Of the inputs since the report before. */
  readonly endings: Endings;
  readonly slowest: { readonly number: number; readonly milliseconds: number };
}
