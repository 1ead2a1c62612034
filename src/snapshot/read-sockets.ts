/**
 * Sockets over netlink where that is wanted and works, else from their file. What fails half way is taken back and read from the
 * file, so that every reading is of one kind.
 */
import type { Collector, Extent, Memory, OverNetlink } from '../collectors/collector.ts';
import { NetlinkError, type Netlink } from '../procfs/netlink.ts';
import type { Source } from '../procfs/source.ts';
import type { Message } from '../text/message.ts';
import { ParseError } from '../text/parse-error.ts';
import type { Outcome, ReaderChoice, ReaderReason } from './outcome.ts';
import { createSkips, failed, readCollector, type Reading } from './read.ts';

/** An answer during which the table changed is asked for again; a busy host may never be quiet. */
const TRIES = 3;

/** Reads a collector either way, as it was chosen, and tells which way it was. */
export type ReadSockets = (
  collector: Collector<string, unknown>,
  source: Source,
  memory: Memory,
  reading: Reading,
  /** Whether what was read can be taken back: what is shown row by row cannot. */
  isRepeatable?: boolean,
  /** Undefined where every collector is read by itself. */
  twins?: Twins,
) => Outcome;

/** One answer may tell of two collectors of one reading: whichever has its turn first has the other read with it. */
export interface Twins {
  /** Those of the reading. */
  readonly collectors: readonly Collector<string, unknown>[];
  readonly memoryOf: (name: string) => Memory;
  /** What became of those that were read before their turn. */
  readonly told: Map<string, Outcome | Refusal>;
}

/** Begins a reading. */
export const createTwins = (collectors: Twins['collectors'], memoryOf: Twins['memoryOf']): Twins => ({
  collectors,
  memoryOf,
  told: new Map(),
});

/** Why there is no netlink at all. */
export type NoNetlink = Extract<ReaderReason, 'package' | 'namespace'>;

/** @param choices by collector; `auto` for those that are not named */
export const createReadSockets = (
  choices: Readonly<Record<string, ReaderChoice>>,
  netlink: Netlink | NoNetlink,
): ReadSockets => {
  /** A kernel that lacks it would look for a module each time that it is asked. */
  const refusals = new Map<string, ReaderReason>();
  const choiceOf = (name: string): ReaderChoice => choices[name] ?? 'auto';

  /** Netlink, or why the file is to be read. */
  const wayTo = (name: string, { isCheaper }: OverNetlink<unknown>): Netlink | ReaderReason => {
    const wanted = choiceOf(name);
    if (wanted === 'procfs') return 'chosen';
    if (wanted === 'auto' && !isCheaper) return 'cheaper';
    return refusals.get(name) ?? netlink;
  };

  return (collector, source, memory, reading, isRepeatable = true, twins) => {
    const { name, overNetlink } = collector;
    if (overNetlink === undefined) return readCollector(collector, source, memory, reading);
    const wanted = choiceOf(name);
    const fromFile = (reason: ReaderReason): Outcome => {
      const outcome = readCollector(collector, source, memory, reading);
      return outcome.status === 'ok' ? { ...outcome, readBy: { reader: 'procfs', reason, wanted } } : outcome;
    };
    const way = wayTo(name, overNetlink);
    if (typeof way === 'string') return fromFile(way);

    const extentOf = (each: string): Extent => reading.extents?.[each] ?? 'whole';
    const extent = extentOf(name);
    /** Those of which the answer is to tell. */
    const parts = (): readonly Part[] => {
      const own = { collector, memory, overNetlink, extent };
      const twin = twins?.collectors.find(each => each.name === overNetlink.together?.with);
      if (twins === undefined || twin?.overNetlink === undefined) return [own];
      if (typeof wayTo(twin.name, twin.overNetlink) === 'string' || extentOf(twin.name) !== extent)
        return [own];
      return [
        own,
        { ...own, collector: twin, memory: twins.memoryOf(twin.name), overNetlink: twin.overNetlink },
      ];
    };
    const start = performance.now();
    const results = twins?.told.has(name)
      ? twins.told
      : readMessages(parts(), source, reading, way, isRepeatable);
    for (const [each, result] of results) twins?.told.set(each, result);
    const outcome = results.get(name);
    if (outcome === undefined || outcome instanceof Error) {
      const reason = outcome?.reason ?? 'io';
      if (reason === 'unsupported' || reason === 'permission') refusals.set(name, reason);
      return { ...fromFile(reason), seconds: secondsSince(start) };
    }
    if (outcome.status !== 'ok') return outcome;
    return {
      ...outcome,
      readBy: {
        reader: 'netlink',
        reason: wanted === 'auto' ? 'cheaper' : 'chosen',
        wanted,
        ...(extent !== 'whole' && { extent }),
      },
    };
  };
};

const MILLISECONDS_PER_SECOND = 1000;

const secondsSince = (start: number): number => (performance.now() - start) / MILLISECONDS_PER_SECOND;

/** An error where the file has to be read instead. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: ReaderReason;

  constructor(message: string, reason: ReaderReason) {
    super(message);
    this.reason = reason;
  }
}

/** One that is read over netlink. */
interface Part {
  readonly collector: Collector<string, unknown>;
  readonly memory: Memory;
  readonly overNetlink: OverNetlink<unknown>;
  readonly extent: Extent;
}

type Results = ReadonlyMap<string, Outcome | Refusal>;

/** One answer of one part, or of two that can be told together; each has a result. */
const readMessages = (
  parts: readonly Part[],
  source: Source,
  reading: Reading,
  netlink: Netlink,
  isRepeatable: boolean,
): Results => {
  const start = performance.now();
  const forAll = (resultOf: (part: Part) => Outcome | Refusal): Results =>
    new Map(parts.map(part => [part.collector.name, resultOf(part)]));

  try {
    // Of a family that is off the kernel tells no sockets, where there is no file to tell of none.
    const there = parts.filter(({ collector }) => source.offers(collector.file));
    for (let tries = 0; tries < TRIES; tries++) {
      const takeBack = reading.ledger?.checkpoint();
      const takers = there.map(part => createTaker(part, source, reading));
      const isShown = (): boolean => !isRepeatable && takers.some(({ hasTaken }) => hasTaken());
      try {
        if (dump(takers, source.machine.byteOrder, netlink, reading.proceed) || isShown()) {
          const outcomes = new Map(takers.map(({ part, end }) => [part, end(start)]));
          return forAll(part => outcomes.get(part) ?? { status: 'absent', seconds: secondsSince(start) });
        }
        takeBack?.();
      } catch (error) {
        const refusal = refusalIn(error);
        if (refusal === undefined || isShown()) throw error;
        takeBack?.();
        return forAll(() => refusal);
      }
    }
    return forAll(() => new Refusal(`the table changed during each of ${TRIES} answers`, 'interrupted'));
  } catch (error) {
    return forAll(({ collector }) => failed(error, placeIn(collector), secondsSince(start)));
  }
};

/** What takes the messages that tell of one part. */
interface Taker {
  readonly part: Part;
  readonly take: (message: Message) => void;
  readonly hasTaken: () => boolean;
  readonly end: (start: number) => Outcome;
}

const createTaker = (part: Part, source: Source, reading: Reading): Taker => {
  const { collector, overNetlink, memory, extent } = part;
  const { machine } = source;
  const skips = createSkips(placeIn(collector));
  const fold = overNetlink.fold({ ...reading, machine, memory, extent, open: file => source.open(file) });
  let taken = 0;
  return {
    part,
    take(message) {
      taken++;
      try {
        fold.add(message);
      } catch (error) {
        if (!(error instanceof ParseError) || error.scope === 'file') throw error;
        fold.lose?.(error);
        skips.add(error);
      }
    },
    hasTaken: () => taken > 0,
    end(start) {
      const data = fold.end();
      return { status: 'ok', data, skipped: skips.told(), seconds: secondsSince(start) };
    },
  };
};

/** @returns whether the table stayed as it was meanwhile */
const dump = (
  [first, second]: readonly Taker[],
  byteOrder: Source['machine']['byteOrder'],
  netlink: Netlink,
  proceed: Reading['proceed'],
): boolean => {
  if (first === undefined) return true;
  const { overNetlink, extent } = first.part;
  const { request, together } = overNetlink;
  if (second === undefined || together === undefined)
    return netlink.dump(request(byteOrder, extent), first.take, proceed);
  const take = (message: Message): void => {
    if (together.isMine(message)) first.take(message);
    else second.take(message);
  };
  return netlink.dump(together.request(byteOrder, extent), take, proceed, together.type);
};

const placeIn =
  ({ file }: Collector<string, unknown>) =>
  (message: number): string =>
    `${file}${message === 0 ? '' : `:${message}`} over netlink`;

const refusalIn = (error: unknown): Refusal | undefined => {
  if (error instanceof NetlinkError) return new Refusal(error.message, error.reason);
  // Other than files, messages are of a form that the kernel promises to keep; one that lacks something is of another kernel.
  if (error instanceof ParseError) return new Refusal(error.message, 'unsupported');
  return undefined;
};
