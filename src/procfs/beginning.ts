/** How small files of the host are read whose length is somebody else's choice: never more than a limit of them. */
import { closeSync, openSync, readSync } from 'node:fs';

const scratch = Buffer.alloc(65_536);

/**
 * The file up to a limit; empty where it cannot be read. What the limit cuts ends behind the last whole piece, so that no half a
 * word or line is taken for a whole one.
 * @param separator the byte that ends a piece
 */
export const beginningOf = (file: string, limit: number, separator: number): Buffer => {
  try {
    const bytes = readUpTo(file, limit);
    return bytes.length < limit ? bytes : bytes.subarray(0, bytes.lastIndexOf(separator) + 1);
  } catch {
    // Processes end while they are read, and keep to themselves what is not ours to see.
    return Buffer.alloc(0);
  }
};

const readUpTo = (file: string, limit: number): Buffer => {
  const descriptor = openSync(file, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let left = limit; left > 0;) {
      const read = readSync(descriptor, scratch, 0, Math.min(left, scratch.length), null);
      if (read === 0) break;
      chunks.push(Buffer.from(scratch.subarray(0, read)));
      left -= read;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(descriptor);
  }
};
