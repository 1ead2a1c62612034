/**
 * Sockets over netlink where that is wanted and works, else from their file. What fails half way is taken back and read from the
 * file, so that every reading is of one kind.
 */
import type { Collector, Memory, OverNetlink } from '../collectors/collector.ts';
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
) => Outcome;

/** Why there is no netlink at all. */
export type NoNetlink = Extract<ReaderReason, 'package' | 'namespace'>;

/** @param choices by collector; `auto` for those that are not named */
export const createReadSockets = (
  choices: Readonly<Record<string, ReaderChoice>>,
  netlink: Netlink | NoNetlink,
): ReadSockets => {
  /** A kernel that lacks it would look for a module each time that it is asked. */
  const refusals = new Map<string, ReaderReason>();

  return (collector, source, memory, reading, isRepeatable = true) => {
    const { name, overNetlink } = collector;
    if (overNetlink === undefined) return readCollector(collector, source, memory, reading);
    const wanted = choices[name] ?? 'auto';
    const fromFile = (reason: ReaderReason): Outcome => {
      const outcome = readCollector(collector, source, memory, reading);
      return outcome.status === 'ok' ? { ...outcome, readBy: { reader: 'procfs', reason, wanted } } : outcome;
    };

    if (wanted === 'procfs') return fromFile('chosen');
    if (wanted === 'auto' && !overNetlink.isCheaper) return fromFile('cheaper');
    if (typeof netlink === 'string') return fromFile(netlink);
    const refused = refusals.get(name);
    if (refused !== undefined) return fromFile(refused);

    const start = performance.now();
    const outcome = readMessages(collector, overNetlink, source, memory, reading, netlink, isRepeatable);
    if (outcome instanceof Error) {
      const { reason } = outcome;
      if (reason === 'unsupported' || reason === 'permission') refusals.set(name, reason);
      return withSeconds(fromFile(reason), start);
    }
    if (outcome.status !== 'ok') return outcome;
    return {
      ...outcome,
      readBy: { reader: 'netlink', reason: wanted === 'auto' ? 'cheaper' : 'chosen', wanted },
    };
  };
};

const withSeconds = (outcome: Outcome, start: number): Outcome => ({
  ...outcome,
  seconds: (performance.now() - start) / 1000,
});

/** An error where the file has to be read instead. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: ReaderReason;

  constructor(message: string, reason: ReaderReason) {
    super(message);
    this.reason = reason;
  }
}

const readMessages = (
  collector: Collector<string, unknown>,
  { request, fold: foldOf }: OverNetlink<unknown>,
  source: Source,
  memory: Memory,
  reading: Reading,
  netlink: Netlink,
  isRepeatable: boolean,
): Outcome | Refusal => {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  const { file } = collector;
  const place = (message: number): string => `${file}${message === 0 ? '' : `:${message}`} over netlink`;
  const payload = request(source.machine.byteOrder);
  let taken = 0;

  try {
    // Of a family that is off the kernel tells no sockets, where there is no file to tell of none.
    if (!source.offers(file)) return { status: 'absent', seconds: seconds() };
    for (let tries = 0; tries < TRIES; tries++) {
      const takeBack = reading.ledger?.checkpoint();
      const skips = createSkips(place);
      try {
        const fold = foldOf({ ...reading, machine: source.machine, memory });
        const take = (message: Message): void => {
          taken++;
          try {
            fold.add(message);
          } catch (error) {
            if (!(error instanceof ParseError) || error.scope === 'file') throw error;
            fold.lose?.(error);
            skips.add(error);
          }
        };
        if (netlink.dump(payload, take, reading.proceed) || (taken > 0 && !isRepeatable)) {
          return { status: 'ok', data: fold.end(), skipped: skips.told(), seconds: seconds() };
        }
        takeBack?.();
      } catch (error) {
        const refusal = refusalIn(error);
        if (refusal === undefined || (taken > 0 && !isRepeatable)) throw error;
        takeBack?.();
        return refusal;
      }
    }
    return new Refusal(`the table changed during each of ${TRIES} answers`, 'interrupted');
  } catch (error) {
    return failed(error, place, seconds());
  }
};

const refusalIn = (error: unknown): Refusal | undefined => {
  if (error instanceof NetlinkError) return new Refusal(error.message, error.reason);
  // Other than files, messages are of a form that the kernel promises to keep; one that lacks something is of another kernel.
  if (error instanceof ParseError) return new Refusal(error.message, 'unsupported');
  return undefined;
};
