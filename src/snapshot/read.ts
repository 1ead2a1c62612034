/** One collector read once: everything that its file, its fold and the disk can do becomes an outcome. */
import type { Collector, Memory } from '../collectors/collector.ts';
import type { Source } from '../procfs/source.ts';
import { eachLine } from '../text/lines.ts';
import { LimitReached, ParseError } from '../text/parse-error.ts';
import type { FailureReason, Outcome } from './outcome.ts';

/** Of the lines that were skipped, so many are told. */
const EXAMPLES_LIMIT = 3;

/** Thrown by a source when nobody waits for the result any more. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

export const readCollector = (
  collector: Collector<string, unknown>,
  source: Source,
  memory: Memory,
): Outcome => {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  let { file } = collector;
  const place = (line: number): string => (line === 0 ? file : `${file}:${line}`);
  let skippedLines = 0;
  const examples: string[] = [];

  try {
    const fold = collector.fold({ machine: source.machine, memory });
    const opened = open(collector, source);
    if (opened === undefined) return { status: 'absent', seconds: seconds() };
    file = opened.file;
    eachLine(
      opened.chunks,
      line => {
        fold.add(line);
      },
      error => {
        fold.lose?.(error);
        skippedLines++;
        if (examples.length < EXAMPLES_LIMIT) examples.push(`${place(error.line)}: ${error.message}`);
      },
    );
    const data = fold.end();
    return { status: 'ok', data, skipped: { count: skippedLines, examples }, seconds: seconds() };
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error));
    const hasLine = error instanceof ParseError || error instanceof LimitReached;
    const where = hasLine ? place(error.line) : file;
    return { status: 'failed', reason: reasonOf(error), message: `${where}: ${message}`, seconds: seconds() };
  }
};

const open = (
  { file, otherwise = [], attributes, everyFile, rowBytesLimit }: Collector<string, unknown>,
  source: Source,
): { readonly file: string; readonly chunks: Iterable<Uint8Array> } | undefined => {
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
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') return 'permission';
  return typeof code === 'string' ? 'io' : 'internal';
};
