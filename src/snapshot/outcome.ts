/** What became of one collector. Plain data: it crosses from the reading thread to the others. */
export const failureReasons = ['deadline', 'internal', 'io', 'limit', 'parse', 'permission'] as const;
export type FailureReason = (typeof failureReasons)[number];

export interface Skipped {
  readonly count: number;
  /** The first few, `net/tcp:7: field 4: unknown state, found "0F"`. */
  readonly examples: readonly string[];
}

export type Outcome =
  | {
      readonly status: 'ok';
      readonly data: unknown;
      readonly skipped: Skipped;
      /** What the operator should know beside the data. */
      readonly note?: string;
      readonly seconds: number;
    }
  | { readonly status: 'absent'; readonly seconds: number }
  | {
      readonly status: 'failed';
      readonly reason: FailureReason;
      readonly message: string;
      readonly seconds: number;
    };

/** By collector. */
export type Snapshot = ReadonlyMap<string, Outcome>;
