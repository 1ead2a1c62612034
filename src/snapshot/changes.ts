import type { Outcome, ReadBy, Snapshot } from './outcome.ts';

export interface Change {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

/** What is worth a line in the log: collectors that began to fail or to skip lines, or stopped doing so. */
export const outcomeChanges = (before: Snapshot, after: Snapshot): readonly Change[] =>
  [...after]
    .flatMap(([collector, outcome]) =>
      [describe(before.get(collector), outcome), notice(before.get(collector), outcome)]
        .filter(change => change !== undefined)
        .map((change): Change => ({ ...change, fields: { collector, ...change.fields } })),
    )
    .concat(readerChanges(before, after));

/** Collectors whose sockets are read another way than before, or than is usual: one line for all that share way and reason. */
const readerChanges = (before: Snapshot, after: Snapshot): readonly Change[] => {
  const collectors = new Map<string, { readonly readBy: ReadBy; readonly names: string[] }>();
  for (const [name, outcome] of after) {
    const now = readByOf(outcome);
    const then = readByOf(before.get(name));
    if (now === undefined || (then !== undefined && wayOf(now) === wayOf(then))) continue;
    if (then === undefined && isUsual(now)) continue;
    const key = `${wayOf(now)} ${now.wanted}`;
    const same = collectors.get(key) ?? { readBy: now, names: [] };
    same.names.push(name);
    collectors.set(key, same);
  }
  return [...collectors.values()].map(({ readBy: { reader, reason, wanted, extent }, names }) => ({
    level: wanted === 'netlink' && reader !== wanted ? 'warn' : 'info',
    message: reader === 'netlink' ? 'sockets are read over netlink' : 'sockets are read from procfs',
    fields: {
      collectors: names.join(),
      reason,
      ...(extent === 'lean' && { lean: 'ESTABLISHED sockets are counted and nothing else is told of them' }),
    },
  }));
};

const wayOf = ({ reader, reason, extent }: ReadBy): string => [reader, reason, extent].join(' ');

/** What a namespace that is not ours allows is settled before the first reading. */
const isUsual = ({ reason, wanted, extent }: ReadBy): boolean =>
  extent !== 'lean' &&
  (reason === 'chosen' || reason === 'cheaper' || (reason === 'namespace' && wanted === 'auto'));

const readByOf = (outcome: Outcome | undefined): ReadBy | undefined =>
  outcome?.status === 'ok' ? outcome.readBy : undefined;

const describe = (before: Outcome | undefined, after: Outcome): Change | undefined => {
  if (after.status === 'failed') {
    if (before?.status === 'failed' && before.reason === after.reason) return undefined;
    return {
      level: 'warn',
      message: 'collector failed',
      fields: { reason: after.reason, error: after.message },
    };
  }
  if (before?.status === 'failed') return { level: 'info', message: 'collector recovered', fields: {} };
  const skippedBefore = skippedLines(before) > 0;
  if (skippedLines(after) > 0 === skippedBefore) return undefined;
  if (skippedBefore) return { level: 'info', message: 'collector skips no lines any more', fields: {} };
  return {
    level: 'warn',
    message: 'collector skipped lines that it could not read',
    fields: { lines: skippedLines(after), first: firstSkipped(after) },
  };
};

/** Beside the above: a collector may recover, and still not tell all. */
const notice = (before: Outcome | undefined, after: Outcome): Change | undefined => {
  const note = noteOf(after);
  if (note === undefined || noteOf(before) !== undefined) return undefined;
  return { level: 'warn', message: 'collector cannot tell all', fields: { reason: note } };
};

const skippedLines = (outcome: Outcome | undefined): number =>
  outcome?.status === 'ok' ? outcome.skipped.count : 0;

const noteOf = (outcome: Outcome | undefined): string | undefined =>
  outcome?.status === 'ok' ? outcome.note : undefined;

const firstSkipped = (outcome: Outcome): string =>
  outcome.status === 'ok' ? (outcome.skipped.examples[0] ?? '') : '';
