/**
 * What a process is: the pieces of /proc/PID that tell one program from another. Names are bytes that the program itself
 * can choose; they come as text. A process may end at any time, and then whatever was not read yet is empty.
 */
import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readable } from '../text/line.ts';
import { beginningOf } from './beginning.ts';

/** The main class of a Java program stands behind its class path, which is some 10 kB for Kafka; 2 MB are allowed. */
const COMMAND_LINE_BYTES_LIMIT = 65_536;
/** The kernel keeps 15 bytes, and adds a kernel thread's purpose. */
const COMM_BYTES_LIMIT = 256;
/** A line for each hierarchy: at most 12 with version 1, one with version 2. */
const CGROUP_BYTES_LIMIT = 16_384;
const LIMITS_BYTES_LIMIT = 4096;

const NUL = 0x00;
const NEWLINE = 0x0a;

/** Whatever cannot be read is empty. */
export interface ProcessDescription {
  /** At most 15 bytes, which the program may change. */
  readonly comm: string;
  /** Empty of a zombie and of a kernel thread. */
  readonly commandLine: readonly string[];
  /** The file that is run. */
  readonly executable: string;
  /** Whose rights it has: its effective user. */
  readonly uid: number | undefined;
  /** Its control groups, one a line. */
  readonly cgroups: string;
}

export const describeProcess = (folder: string): ProcessDescription => ({
  comm: readable(beginningOf(join(folder, 'comm'), COMM_BYTES_LIMIT, NEWLINE)).replace(/\n$/, ''),
  commandLine: wordsOf(beginningOf(join(folder, 'cmdline'), COMMAND_LINE_BYTES_LIMIT, NUL)),
  executable: executableOf(folder),
  uid: ownerOf(folder),
  cgroups: readable(beginningOf(join(folder, 'cgroup'), CGROUP_BYTES_LIMIT, NEWLINE)),
});

/**
 * How many descriptors the process may have open before open() fails: the soft limit in `Max open files  1024  4096  files`.
 * Undefined where there is none, or it cannot be read.
 */
export const descriptorLimit = (folder: string): number | undefined => {
  const limits = beginningOf(join(folder, 'limits'), LIMITS_BYTES_LIMIT, NEWLINE).toString('latin1');
  const soft = /^Max open files\s+(\d+)\s/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
};

/** Every word ends with a NUL; the title that a program has written over them may not. */
const wordsOf = (bytes: Buffer): readonly string[] => {
  const words: string[] = [];
  for (let start = 0; start < bytes.length;) {
    const nul = bytes.indexOf(NUL, start);
    const end = nul < 0 ? bytes.length : nul;
    words.push(readable(bytes, start, end));
    start = end + 1;
  }
  return words;
};

/** The kernel marks the file of a program that was upgraded under it, or runs from memory. */
const executableOf = (folder: string): string => {
  try {
    return readable(readlinkSync(join(folder, 'exe'), 'buffer')).replace(/ \(deleted\)$/, '');
  } catch {
    return '';
  }
};

const ownerOf = (folder: string): number | undefined => {
  try {
    return statSync(folder).uid;
  } catch {
    return undefined;
  }
};
