/** A table with what was asked of it, ready to be shown in any format. */
import type { FailureReason, Snapshot } from '../../snapshot/outcome.ts';
import type { Counts } from '../../snapshot/table-page.ts';
import type { Cell } from '../../snapshot/tables.ts';
import type { TableAsk } from './ask.ts';

export interface TableShown {
  readonly ask: TableAsk;
  /** The network namespace that was read; '' where the kernel does not tell. */
  readonly netns: string;
  readonly columns: readonly Heading[];
  readonly rows: readonly ShownRow[];
  /** How many rows were asked for, shown or not. */
  readonly matched: number;
  readonly counts: Counts;
  readonly unread: readonly Unread[];
}

export interface Heading {
  /** In JSON, and to sort by. */
  readonly name: string;
  readonly heading: string;
}

export interface ShownRow {
  /** One for each column; undefined is what is not known. */
  readonly cells: readonly Cell[];
  /** What only this kind of row has. */
  readonly detail: Detail | undefined;
}

/** Its values are plain data. */
export type Detail = Readonly<Record<string, unknown>>;

/** A kernel file that could not be read, wholly or in part: rows are missing. */
export interface Unread {
  readonly collector: string;
  readonly reason: FailureReason | 'skipped lines';
  readonly message: string;
}

export const unreadIn = (snapshot: Snapshot): readonly Unread[] =>
  [...snapshot].flatMap(([collector, outcome]): Unread[] => {
    if (outcome.status === 'failed') return [{ collector, reason: outcome.reason, message: outcome.message }];
    if (outcome.status === 'absent' || outcome.skipped.count === 0) return [];
    const { count, examples } = outcome.skipped;
    return [
      { collector, reason: 'skipped lines', message: `${count} lines, the first: ${examples[0] ?? ''}` },
    ];
  });
