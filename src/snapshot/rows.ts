/** The rows of one kernel file, one by one, with the same outcome as when the file is read for a scrape. */
import type { Collector } from '../collectors/collector.ts';
import type { Rows, RowsAsk, RowTypes, TableName } from '../collectors/rows.ts';
import type { Source } from '../procfs/source.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import type { Machine } from '../text/machine.ts';
import { createMemories } from './memory.ts';
import type { Outcome } from './outcome.ts';
import { ofOneFile, readCollector, sysctlsOf, type Reading } from './read.ts';
import { createTwins, type ReadSockets, type Twins } from './read-sockets.ts';

/** Who takes rows, by the table that they belong to; rows of other tables pass. */
export type Takers = { readonly [Name in TableName]?: RowsAsk<RowTypes[Name]>['offer'] };

/**
 * Undefined where the collector has no rows, or none that anybody takes. An outcome that is ok has no data: the rows were taken
 * as they came.
 */
export const readRows = (
  collector: Collector<string, unknown>,
  source: Source,
  takers: Takers,
  read: ReadSockets = readCollector,
): Outcome | undefined => {
  const ofRows = tellingRows(collector, source.machine, takers);
  return ofRows && readOne(ofRows, source, read);
};

/** All that have rows which somebody takes, with the outcome of each as soon as it is there. */
export function* readAllRows(
  collectors: readonly Collector<string, unknown>[],
  source: Source,
  takers: Takers,
  read: ReadSockets = readCollector,
): Generator<readonly [collector: string, outcome: Outcome]> {
  const ofRows = collectors
    .map(each => tellingRows(each, source.machine, takers))
    .filter(each => each !== undefined);
  const twins = createTwins(ofRows, name => createMemories()(name));
  for (const each of ofRows) yield [each.name, readOne(each, source, read, twins)];
}

const readOne = (
  ofRows: Collector<string, unknown>,
  source: Source,
  read: ReadSockets,
  twins?: Twins,
): Outcome => {
  const reading: Reading = { ...ofOneFile, sysctl: sysctlsOf(source) };
  return read(ofRows, source, createMemories()(ofRows.name), reading, false, twins);
};

/** Reads the same and hands over the rows; undefined where nobody takes them. */
const tellingRows = (
  { rows, overNetlink, ...collector }: Collector<string, unknown>,
  machine: Machine,
  takers: Takers,
): Collector<string, unknown> | undefined => {
  const fold = rows === undefined ? undefined : foldFor(rows, machine, takers);
  if (fold === undefined) return undefined;
  const { name, file, otherwise, everyFile, rowBytesLimit, about } = collector;
  const attributes = rows?.attributes ?? collector.attributes;
  const { sockets } = takers;
  const rowsOverNetlink = overNetlink?.rows;
  return {
    ...{ name, file, about, families: [] },
    ...(otherwise !== undefined && { otherwise }),
    ...(attributes !== undefined && { attributes }),
    ...(everyFile !== undefined && { everyFile }),
    ...(rowBytesLimit !== undefined && { rowBytesLimit }),
    ...(rowsOverNetlink !== undefined &&
      overNetlink !== undefined &&
      sockets !== undefined && {
        overNetlink: { ...overNetlink, fold: () => rowsOverNetlink({ machine, offer: sockets }) },
      }),
    fold: () => fold,
  };
};

/** Spelled out, since a type cannot say that the taker of a table is found under its name. */
const foldFor = (rows: Rows, machine: Machine, takers: Takers): Fold<Line, unknown> | undefined => {
  const bind = <Row>(
    fold: (ask: RowsAsk<Row>) => Fold<Line, unknown>,
    offer: RowsAsk<Row>['offer'] | undefined,
  ): Fold<Line, unknown> | undefined => (offer === undefined ? undefined : fold({ machine, offer }));

  switch (rows.of) {
    case 'sockets':
      return bind(rows.fold, takers.sockets);
    case 'routes':
      return bind(rows.fold, takers.routes);
    case 'neighbours':
      return bind(rows.fold, takers.neighbours);
    case 'interfaces':
      return bind(rows.fold, takers.interfaces);
    case 'groups':
      return bind(rows.fold, takers.groups);
    case 'nat':
      return bind(rows.fold, takers.nat);
  }
};
