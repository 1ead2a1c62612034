/**
 * What is wrong with a kernel file, and where. The leaf that finds it says what; the line knows where;
 * the reader adds the file's name. `scope` tells how much is lost: one line, or the whole file because
 * its header or a block is not what we know how to read.
 */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  readonly scope: 'line' | 'file';
  /** 1-based; 0 where no line is to blame (an empty file). */
  readonly line: number;

  constructor(message: string, line: number, scope: 'line' | 'file' = 'line') {
    super(message);
    this.line = line;
    this.scope = scope;
  }
}

/** A file holds more than we are willing to read: nothing is known of the rest, so nothing is said of the whole. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached';
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}
