/**
 * Where the bytes of kernel files come from: the live kernel or a captured host, both as folders, or memory. The
 * only place on the way of the data that opens files, and it opens them for reading alone.
 */
import { closeSync, lstatSync, openSync, readSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../text/machine.ts';

/** Procfs hands out about a page at a time whatever it is asked for; sysfs and captured files fill this. */
const CHUNK_BYTES = 65_536;
/** Of all sources: a thread reads one file at a time, and garbage collectors take their time with large buffers. */
const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
/** Interfaces whose attributes or files are read; a host with more fails the collector. */
const ENTRIES_LIMIT = 20_000;
/** A file of a folder that is read whole; dev_snmp6 has some 4 KiB. */
const WHOLE_FILE_BYTES_LIMIT = CHUNK_BYTES - 1;
/** Sysfs prints no more than a page. */
const VALUE_BYTES_LIMIT = 4096;
/** How often the two lists of interfaces may disagree before they are taken for those of two namespaces. */
const LISTING_TRIES = 8;
const DEV_HEADER_LINES = 2;

const TAB = 0x09;
const NEWLINE = 0x0a;

export interface Source {
  readonly machine: Machine;
  /** Whether the kernel offers this file of the network namespace, without opening it. */
  offers(file: string): boolean;
  /**
   * The bytes of a file, in chunks that are valid until the next one is asked for. `net/…` is of the network namespace
   * and so is `sys/net/…`, where it can be read; `kernel/…` is in the sysfs, and of the first namespace.
   * Undefined when the kernel does not offer the file; throws for any other reason.
   * @param rowBytesLimit where no row can be longer, the end is known without asking for more: see `chunks`
   */
  open(file: string, rowBytesLimit?: number): Iterable<Uint8Array> | undefined;
  /**
   * A line `FOLDER\tATTRIBUTE\tVALUE` for each of these files in each folder of the sysfs folder; without a
   * line for what is not offered. Undefined when there is no such folder, or when it shows another
   * network namespace than `open` does.
   */
  attributes(folder: string, names: readonly string[]): Iterable<Uint8Array> | undefined;
  /** Every line of every file in a folder of the network namespace, as `FILE\tLINE`; undefined when there is no such folder. */
  everyFile(folder: string): Iterable<Uint8Array> | undefined;
}

export interface Places {
  readonly procfs: string;
  readonly sysfs: string;
}

/**
 * The folder of the network files. The live /proc shows the reader's own namespace; in another mount of a proc
 * `net` leads to the reader as well, so process 1 stands for the host; a capture may have it as a plain folder.
 * Throws when there is none of them: without the folder nothing is known of any file.
 */
export const networkFolder = (procfs: string): string => {
  if (realpathSync(procfs) === '/proc') return join(procfs, 'self', 'net');
  const net = lstatSync(join(procfs, 'net'), { throwIfNoEntry: false });
  if (net?.isDirectory() === true) return join(procfs, 'net');
  const ofInit = join(procfs, '1', 'net');
  lstatSync(ofInit);
  return ofInit;
};

/** Whether the files read are those of the namespace that this process is in. */
export const showsOwnNamespace = (procfs: string): boolean => {
  try {
    return networkFolder(procfs) === join(procfs, 'self', 'net');
  } catch {
    return false;
  }
};

export interface NetworkNamespace {
  /** Its inode, `4026531840`; '' where the kernel does not tell. */
  readonly netns: string;
  /** Whether it is the one of process 1. */
  readonly isInit: 'true' | 'false' | 'unknown';
}

/** The network namespace whose files are read. */
export const namespaceOf = (procfs: string): NetworkNamespace => {
  const own = namespaceInode(join(networkFolder(procfs), '..', 'ns', 'net'));
  const init = namespaceInode(join(procfs, '1', 'ns', 'net'));
  const isInit = own === undefined || init === undefined ? 'unknown' : own === init ? 'true' : 'false';
  return { netns: own ?? '', isInit };
};

/** Of the link `net:[4026531840]`, which takes the right to trace the process to read. */
export const namespaceInode = (link: string): string | undefined => {
  try {
    return /\d+/.exec(readlinkSync(link))?.[0];
  } catch {
    return undefined;
  }
};

/**
 * A live procfs and sysfs, or the folders of a captured host.
 * @param proceed asked before every read; throws to end the reading
 */
export const directory = (places: Places, machine: Machine, proceed: () => void = () => undefined): Source =>
  sourceIn(places, () => networkFolder(places.procfs), machine, proceed);

/** Of the network namespaces that processes are in. Their sysctls and the sysfs are not in the procfs, and so are not offered. */
export const directoryOfProcess = (
  { procfs }: Places,
  machine: Machine,
  proceed: () => void = () => undefined,
): ((pid: number) => Source) => {
  return pid => {
    const source = sourceIn({ procfs, sysfs: '' }, () => join(procfs, String(pid), 'net'), machine, proceed);
    return {
      ...source,
      open: (file, rowBytesLimit) => (file.startsWith('net/') ? source.open(file, rowBytesLimit) : undefined),
      attributes: () => undefined,
    };
  };
};

const sourceIn = (
  places: Places,
  folderOfNetwork: () => string,
  machine: Machine,
  proceed: () => void,
): Source => {
  let network: string | undefined;

  let offered: ReadonlySet<string> | undefined;
  let hasSysctls: boolean | undefined;
  let hasDebugfs: boolean | undefined;

  /** Where the file is; undefined when the kernel does not offer it, told from one listing of the folder. */
  const networkPath = (file: string): string | undefined => {
    network ??= folderOfNetwork();
    offered ??= new Set(readdirSync(network));
    const [, first = '', ...rest] = file.split('/');
    return offered.has(first) ? join(network, first, ...rest) : undefined;
  };

  const pathOf = (file: string): string | undefined => {
    if (file.startsWith('net/')) return networkPath(file);
    if (file.startsWith('sys/')) {
      hasSysctls ??= sysctlsAreOurs(places.procfs);
      return hasSysctls ? join(places.procfs, file) : undefined;
    }
    hasDebugfs ??= namespaceOf(places.procfs).isInit !== 'false';
    return hasDebugfs ? join(places.sysfs, file) : undefined;
  };

  const open = (file: string, rowBytesLimit?: number): Iterable<Uint8Array> | undefined => {
    const lastReadBytes = rowBytesLimit === undefined ? 0 : machine.pageSizeBytes - rowBytesLimit;
    const path = pathOf(file);
    if (path === undefined) return undefined;
    try {
      return openChunks(path, lastReadBytes, proceed);
    } catch (error) {
      if (file.startsWith('kernel/debug/') && isForbidden(error)) return undefined;
      throw error;
    }
  };

  const interfaceNames = (): readonly string[] => {
    const text = Array.from(open('net/dev') ?? [], chunk => Buffer.from(chunk).toString('latin1')).join('');
    const rows = text.split('\n').slice(DEV_HEADER_LINES, -1);
    return rows.map(row => row.slice(0, row.lastIndexOf(':')).trim());
  };

  return {
    machine,
    offers: file => networkPath(file) !== undefined,
    open,
    attributes(folder, names) {
      const path = Buffer.from(join(places.sysfs, folder));
      for (let tries = 0; tries < LISTING_TRIES; tries++) {
        const interfaces = interfaceNames();
        const folders = listFolders(path);
        if (folders === undefined) return undefined;
        if (sameNames(folders, interfaces)) return attributeLines(path, folders, names, proceed);
      }
      return undefined;
    },
    everyFile(folder) {
      const path = networkPath(folder);
      const names = path === undefined ? undefined : listFiles(Buffer.from(path));
      if (path === undefined || names === undefined) return undefined;
      return linesOfFiles(Buffer.from(path), names, proceed);
    },
  };
};

/** Files by name, for tests; a function in place of bytes stands for an error of the disk. */
export const memory = (
  files: Readonly<Record<string, string | Uint8Array | (() => never)>>,
  machine: Machine,
): Source => {
  const open = (file: string): Iterable<Uint8Array> | undefined => {
    const content = files[file];
    if (content === undefined) return undefined;
    if (typeof content === 'function') return content();
    return [typeof content === 'string' ? Buffer.from(content, 'latin1') : content];
  };
  return { machine, offers: file => file in files, open, attributes: open, everyFile: open };
};

/**
 * Sysctls of the network show the namespace of whoever opens them, not that of the process below which the
 * network files are read; a capture has them of one machine.
 */
const sysctlsAreOurs = (procfs: string): boolean => {
  const network = networkFolder(procfs);
  if (network === join(procfs, 'net') || network === join(procfs, 'self', 'net')) return true;
  const own = namespaceInode('/proc/self/ns/net');
  return own !== undefined && own === namespaceInode(join(network, '..', 'ns', 'net'));
};

/**
 * A mount of sysfs shows the namespace in which it was made, whoever reads it; it is ours when it lists
 * the interfaces that the network files list. An interface may come or go between the two readings.
 */
const sameNames = (folders: readonly Buffer[], interfaces: readonly string[]): boolean => {
  const names = new Set(interfaces);
  return folders.length === names.size && folders.every(folder => names.has(folder.toString('latin1')));
};

/** Names are bytes: an interface may be called anything but `/`, a blank or a colon. */
const listFolders = (path: Buffer): readonly Buffer[] | undefined => {
  try {
    const entries = readdirSync(path, { withFileTypes: true, encoding: 'buffer' });
    // On a live host they are links to folders; a plain file among them is an attribute of the class itself.
    const folders = entries.filter(entry => !entry.isFile()).map(entry => entry.name);
    if (folders.length > ENTRIES_LIMIT) throw new Error(`more than ${ENTRIES_LIMIT} folders`);
    return folders;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
};

const listFiles = (path: Buffer): readonly Buffer[] | undefined => {
  try {
    const names = readdirSync(path, { encoding: 'buffer' });
    if (names.length > ENTRIES_LIMIT) throw new Error(`more than ${ENTRIES_LIMIT} files`);
    return names;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
};

/** The kernel does not offer it: no such file, no such folder, or a folder where an old kernel has a file. */
const isAbsence = (error: unknown): boolean => hasCode(error, ['ENOENT', 'ENOTDIR', 'EISDIR']);

/** Debugfs lets only root in: whoever may not look cannot tell whether the file is there. */
const isForbidden = (error: unknown): boolean => hasCode(error, ['EACCES', 'EPERM']);

/** Attributes that a device has not, or not while it is down, exist and refuse to be read. */
const isRefusal = (error: unknown): boolean => hasCode(error, ['EINVAL', 'EOPNOTSUPP', 'ENODEV']);

const hasCode = (error: unknown, codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));

/** Opens and reads the first chunk at once: some errors show only on reading. */
const openChunks = (
  path: string,
  lastReadBytes: number,
  proceed: () => void,
): Iterable<Uint8Array> | undefined => {
  proceed();
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
  try {
    const length = readSync(descriptor, buffer, 0, buffer.length, null);
    return chunks(descriptor, length, lastReadBytes, proceed);
  } catch (error) {
    closeSync(descriptor);
    if (isAbsence(error)) return undefined;
    throw error;
  }
};

/**
 * A read of a table in procfs ends when there is no further row, or when the next one does not fit into what is
 * left of a page (seq_read_iter() in fs/seq_file.c). A read that left room for any row was therefore the last.
 * To ask for the end all the same would make tcp_seq_start() walk all sockets once more.
 */
function* chunks(
  descriptor: number,
  firstLength: number,
  lastReadBytes: number,
  proceed: () => void,
): Iterable<Uint8Array> {
  try {
    for (let length = firstLength; length > 0;) {
      yield buffer.subarray(0, length);
      if (length <= lastReadBytes) return;
      proceed();
      length = readSync(descriptor, buffer, 0, buffer.length, null);
    }
  } finally {
    closeSync(descriptor);
  }
}

function* linesOfFiles(folder: Buffer, names: readonly Buffer[], proceed: () => void): Iterable<Uint8Array> {
  for (const name of names) {
    const lines = wholeFile(Buffer.concat([folder, Buffer.from('/'), name]), proceed);
    if (lines === undefined) continue;
    const begin = Buffer.concat([name, Buffer.of(TAB)]);
    for (let start = 0; start < lines.length;) {
      const newline = lines.indexOf(NEWLINE, start);
      const end = newline < 0 ? lines.length : newline + 1;
      yield Buffer.concat([begin, lines.subarray(start, end)]);
      start = end;
    }
  }
}

/** Undefined where the thing it tells of vanished after the folder was listed. */
const wholeFile = (path: Buffer, proceed: () => void): Buffer | undefined => {
  proceed();
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    let length = 0;
    for (let read = -1; read !== 0; length += read) {
      if (length > WHOLE_FILE_BYTES_LIMIT)
        throw new Error(`a file of more than ${WHOLE_FILE_BYTES_LIMIT} bytes`);
      proceed();
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    return buffer.subarray(0, length);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
};

function* attributeLines(
  path: Buffer,
  folders: readonly Buffer[],
  names: readonly string[],
  proceed: () => void,
): Iterable<Uint8Array> {
  const slash = Buffer.from('/');
  for (const folder of folders) {
    for (const name of names) {
      proceed();
      const value = readValue(Buffer.concat([path, slash, folder, slash, Buffer.from(name)]));
      if (value === undefined) continue;
      yield Buffer.concat([
        folder,
        Buffer.of(TAB),
        Buffer.from(name),
        Buffer.of(TAB),
        value,
        Buffer.of(NEWLINE),
      ]);
    }
  }
}

/** The first line of a file with one value. */
const readValue = (path: Buffer): Buffer | undefined => {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const value = buffer.subarray(0, readSync(descriptor, buffer, 0, VALUE_BYTES_LIMIT, null));
    const end = value.indexOf(NEWLINE);
    return end < 0 ? value : value.subarray(0, end);
  } catch (error) {
    if (isAbsence(error) || isRefusal(error)) return undefined;
    throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
};
