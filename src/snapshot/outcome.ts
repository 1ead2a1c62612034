/** What became of one collector. Plain data: it crosses from the reading thread to the others. */
import type { Extent } from '../collectors/collector.ts';

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
  /** Undefined where it told as much as the file does. */
  readonly extent?: Extent;
}

/** Of the lines that were skipped, so many are told. */
export const EXAMPLES_LIMIT = 3;

export interface Skipped {
  readonly count: number;
  /** The first few, `net/tcp:7: field 4: unknown state, found "0F"`. */
  readonly examples: readonly string[];
}

export type Outcome = OneOutcome & {
  /** Where several network namespaces are read: what became of the collector in each, that of the host first. */
  readonly namespaces?: readonly NamespaceOutcome[] | undefined;
};

export interface NamespaceOutcome {
  /** Values of the labels. */
  readonly netns: string;
  readonly container: string;
  readonly outcome: OneOutcome;
}

export type OneOutcome =
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

/** Of what is no collector. */
export const wholly = (data: unknown, seconds = 0): Outcome => ({
  ...{ status: 'ok', data, skipped: { count: 0, examples: [] }, seconds },
});

/**
 * Of all namespaces together: one in which a collector failed has it failed, so that it is noticed; what was read in the others stands all
 * the same. The data is that of the first.
 */
export const inAllNamespaces = (namespaces: readonly [NamespaceOutcome, ...NamespaceOutcome[]]): Outcome => {
  const seconds = namespaces.reduce((sum, { outcome }) => sum + outcome.seconds, 0);
  const failed = namespaces.filter(({ outcome }) => outcome.status === 'failed');
  const [first] = failed;
  if (first?.outcome.status === 'failed') {
    const { reason, message } = first.outcome;
    const others = failed.length === 1 ? '' : ` (and ${failed.length - 1} more)`;
    return {
      status: 'failed',
      reason,
      message: `namespace ${first.netns}: ${message}${others}`,
      seconds,
      namespaces,
    };
  }
  const ok = namespaces.flatMap(({ outcome }) => (outcome.status === 'ok' ? [outcome] : []));
  const [{ outcome: home }] = namespaces;
  const [told] = ok;
  if (told === undefined) return { status: 'absent', seconds, namespaces };
  return {
    ...(home.status === 'ok' ? home : { ...told, data: undefined }),
    skipped: {
      count: ok.reduce((sum, { skipped }) => sum + skipped.count, 0),
      examples: ok.flatMap(({ skipped }) => skipped.examples).slice(0, EXAMPLES_LIMIT),
    },
    seconds,
    namespaces,
  };
};

/** What became of a collector, without what it read. */
export const withoutData = (outcome: Outcome): Outcome => ({
  ...(outcome.status === 'ok' ? { ...outcome, data: undefined } : outcome),
  namespaces: undefined,
});

/** What each collector tells of one network namespace; of one that is not read nothing. */
export const inNamespace = (snapshot: Snapshot, netns: string): Snapshot =>
  new Map(
    [...snapshot].map(([collector, outcome]) => {
      const told = outcome.namespaces?.find(each => each.netns === netns)?.outcome;
      return [
        collector,
        outcome.namespaces === undefined ? outcome : (told ?? { status: 'absent', seconds: 0 }),
      ] as const;
    }),
  );

/** By collector. */
export type Snapshot = ReadonlyMap<string, Outcome>;
