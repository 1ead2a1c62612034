import { Line } from './line.ts';
import { ParseError } from './parse-error.ts';

/** The longest line of any kernel file we know is TcpExt's list of names, about 3 KiB. */
export const LINE_BYTES_LIMIT = 65_536;

const NEWLINE = 0x0a;

/**
 * Hands every line of the chunks to `take`. A line that throws a ParseError about itself goes to `skip`
 * and the next one follows; so do a line beyond the limit and a last line without a line end, which a kernel
 * file never has: it was cut, and a cut number reads as a wrong one. Any other error ends the reading.
 */
export const eachLine = (
  chunks: Iterable<Uint8Array>,
  take: (line: Line) => void,
  skip: (error: ParseError) => void,
): void => {
  const line = new Line();
  let number = 0;
  // Of a line that goes on in the next chunk; the bytes beyond the limit are counted and not kept. A Buffer, as chunks
  // of files are: code that meets two classes of bytes runs at half the speed.
  let carried: Uint8Array = Buffer.alloc(0);
  let carriedBytes = 0;

  const give = (bytes: Uint8Array, start: number, end: number): void => {
    line.borrow(bytes, start, end, number);
    try {
      take(line);
    } catch (error) {
      if (!(error instanceof ParseError) || error.scope === 'file') throw error;
      skip(error);
    }
  };

  const carry = (chunk: Uint8Array, start: number, end: number): void => {
    if (carriedBytes + end - start <= LINE_BYTES_LIMIT) {
      if (carried.length === 0) carried = Buffer.alloc(LINE_BYTES_LIMIT);
      carried.set(chunk.subarray(start, end), carriedBytes);
    }
    carriedBytes += end - start;
  };

  for (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      number++;
      if (carriedBytes === 0 && end - start <= LINE_BYTES_LIMIT) {
        give(chunk, start, end);
      } else {
        carry(chunk, start, end);
        if (carriedBytes <= LINE_BYTES_LIMIT) give(carried, 0, carriedBytes);
        else skip(new ParseError(`longer than ${LINE_BYTES_LIMIT} bytes`, number));
        carriedBytes = 0;
      }
      start = end + 1;
    }
    if (start < chunk.length) carry(chunk, start, chunk.length);
  }
  if (carriedBytes > 0) skip(new ParseError('cut short: the line does not end', number + 1));
};
