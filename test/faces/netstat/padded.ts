/** What netstat printed on a host, as it would be if it counted characters, where it counts bytes, to fill up a name. */
import { oracle } from '../../hosts.ts';

/** Undefined where it was not asked. */
export const paddedLines = (host: string, name: string): readonly string[] | undefined =>
  oracle(host, name)?.split('\n').slice(0, -1).map(paddedByCharacters);

/**
 * Blocks of netstat -ie end a name with a colon and fill up nothing.
 * @param bytes the line, a character for each of its bytes
 */
export const paddedByCharacters = (bytes: string): string => {
  const line = Buffer.from(bytes, 'latin1').toString('utf8');
  return line.replace(/(?<=^\S*[^\s:])(?= )/, ' '.repeat(bytes.length - line.length));
};
