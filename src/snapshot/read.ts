/** One collector read once: everything that its file, its fold and the disk can do becomes an outcome. */
import type { Ask, Collector, Extent, Memory } from '../collectors/collector.ts';
import { NetlinkError } from '../procfs/netlink.ts';
import type { Source } from '../procfs/source.ts';
import { readable } from '../text/line.ts';
import { eachLine } from '../text/lines.ts';
import { LimitReached, ParseError } from '../text/parse-error.ts';
import { EXAMPLES_LIMIT, type FailureReason, type OneOutcome, type Skipped } from './outcome.ts';

const LINE_END = 0x0a;

/** What a reading of many files knows and one of a single file does not. */
export interface Reading extends Pick<Ask, 'ledger' | 'userName' | 'top' | 'sysctl'> {
  /** Asked before the holders of sockets are looked for, and before a piece of an answer over netlink; throws to end the reading. */
  readonly proceed?: (() => void) | undefined;
  /** By collector; `whole` for those that are not named, and for everything that is read from files. */
  readonly extents?: Readonly<Record<string, Extent>>;
}

/** Of a file that is read by itself. */
export const ofOneFile: Omit<Reading, 'sysctl'> = {
  ledger: undefined,
  userName: uid => (uid < 0 ? '' : String(uid)),
  top: { port: 64, user: 64 },
};

/** Thrown by a source when nobody waits for the result any more. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

export const readCollector = (
  collector: Collector<string, unknown>,
  source: Source,
  memory: Memory,
  reading: Reading = { ...ofOneFile, sysctl: sysctlsOf(source) },
): OneOutcome => {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  let { file } = collector;
  const place = (line: number): string => (line === 0 ? file : `${file}:${line}`);
  const skips = createSkips(place);

  try {
    const fold = collector.fold({ ...reading, machine: source.machine, memory });
    const opened = collector.ofSockets === true ? ofLedger(collector, reading) : open(collector, source);
    if (opened === undefined) return { status: 'absent', seconds: seconds() };
    file = opened.file;
    eachLine(
      opened.chunks,
      line => {
        fold.add(line);
      },
      error => {
        fold.lose?.(error);
        skips.add(error);
      },
    );
    const data = fold.end();
    const skipped = skips.told();
    const note = collector.note?.(data);
    return { status: 'ok', data, skipped, ...(note !== undefined && { note }), seconds: seconds() };
  } catch (error) {
    return failed(error, place, seconds());
  }
};

/** Collectors of one network namespace, one after the other. A part of the sockets is a wrong number: where one of their tables failed, so have their owners. */
export const inTurn = <Result extends OneOutcome | undefined>(
  read: (collector: Collector<string, unknown>) => Result,
): ((collector: Collector<string, unknown>) => Result) => {
  let untold: Result | undefined;
  return collector => {
    if (collector.ofSockets === true && untold !== undefined) return untold;
    const outcome = read(collector);
    if (collector.tellsSockets === true && outcome?.status === 'failed') untold = outcome;
    return outcome;
  };
};

/** @param place says where a line is; 0 stands for all of them */
export const failed = (error: unknown, place: (line: number) => string, seconds: number): OneOutcome => {
  const hasLine = error instanceof ParseError || error instanceof LimitReached;
  return failedOutcome(error, seconds, place(hasLine ? error.line : 0));
};

/** @param where it was thrown, if that is a place in a file */
export const failedOutcome = (error: unknown, seconds: number, where?: string): OneOutcome => {
  const { message } = error instanceof Error ? error : new Error(String(error));
  return {
    status: 'failed',
    reason: reasonOf(error),
    message: where === undefined ? message : `${where}: ${message}`,
    seconds,
  };
};

export interface Skips {
  readonly add: (error: ParseError) => void;
  readonly told: () => Skipped;
}

/** Counts what is left out, and keeps the first few. */
export const createSkips = (place: (line: number) => string): Skips => {
  let count = 0;
  const examples: string[] = [];
  return {
    add(error) {
      count++;
      if (examples.length < EXAMPLES_LIMIT) examples.push(`${place(error.line)}: ${error.message}`);
    },
    told: () => ({ count, examples }),
  };
};

/** The first line of each, read once. */
export const sysctlsOf = (source: Source): Ask['sysctl'] => {
  const known = new Map<string, string | undefined>();
  return file => {
    if (!known.has(file)) known.set(file, valueOf(source, file));
    return known.get(file);
  };
};

/** One that refuses to be read takes its series away, and not all that the collector tells. */
const valueOf = (source: Source, file: string): string | undefined => {
  try {
    return firstLine(source.open(file));
  } catch (error) {
    if (error instanceof Abandoned) throw error;
    return undefined;
  }
};

/** Undefined where the first piece of the file does not hold a whole line. */
const firstLine = (chunks: Iterable<Uint8Array> = []): string | undefined => {
  for (const chunk of chunks) {
    const end = chunk.indexOf(LINE_END);
    return end < 0 ? undefined : readable(chunk, 0, end);
  }
  return undefined;
};

/** Has no lines of its own. */
const ofLedger = ({ file }: Collector<string, unknown>, { ledger, proceed }: Reading): Opened | undefined => {
  // What is there by now can be had meanwhile.
  proceed?.();
  return ledger?.seesProcesses === true ? { file, chunks: [] } : undefined;
};

interface Opened {
  readonly file: string;
  readonly chunks: Iterable<Uint8Array>;
}

const open = (
  { file, otherwise = [], attributes, everyFile, rowBytesLimit }: Collector<string, unknown>,
  source: Source,
): Opened | undefined => {
  for (const each of [file, ...otherwise]) {
    const chunks =
      attributes !== undefined
        ? source.attributes(each, attributes)
        : everyFile === true
          ? source.everyFile(each)
          : source.open(each, rowBytesLimit);
    if (chunks !== undefined) return { file: each, chunks };
  }
  return undefined;
};

const reasonOf = (error: unknown): FailureReason => {
  if (error instanceof ParseError) return 'parse';
  if (error instanceof LimitReached) return 'limit';
  if (error instanceof Abandoned) return 'deadline';
  if (error instanceof NetlinkError) return 'io';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') return 'permission';
  return typeof code === 'string' ? 'io' : 'internal';
};
