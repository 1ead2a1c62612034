/** What became of one collector. Plain data: it crosses from the reading thread to the others. */
export const failureReasons = ['deadline', 'internal', 'io', 'limit', 'parse', 'permission'] as const;
export type FailureReason = (typeof failureReasons)[number];

export type SocketReader = 'netlink' | 'procfs';
export const readerChoices = ['auto', 'netlink', 'procfs'] as const;
export type ReaderChoice = (typeof readerChoices)[number];

/**
 * Why sockets are read so: the user chose it; it is what costs less; the package is missing; the files are those of another
 * network namespace; the kernel does not offer the other way, or not to us; or it failed.
 */
export const readerReasons = [
  ...(['chosen', 'cheaper', 'package', 'namespace'] as const),
  ...(['unsupported', 'permission', 'timeout', 'interrupted', 'io'] as const),
] as const;
export type ReaderReason = (typeof readerReasons)[number];

/** Which way sockets were read. */
export interface ReadBy {
  readonly reader: SocketReader;
  readonly reason: ReaderReason;
  readonly wanted: ReaderChoice;
}

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
      /** Only of sockets that can be read over netlink as well. */
      readonly readBy?: ReadBy;
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
