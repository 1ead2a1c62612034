/**
 * What is read of processes to learn whose the sockets are: the list of /proc, /proc/PID/stat (do_task_stat() in
 * fs/proc/array.c), and the links in /proc/PID/fd (`socket:[12345]`, printed by sockfs_dname() in net/socket.c).
 * Processes end while they are read, and keep to themselves what is not ours to see; neither is an error.
 */
import { readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { namespaceInode, namespaceOf } from './source.ts';

/** The descriptor is open and leads to no socket. */
export const NO_SOCKET = 0;
export const NO_DESCRIPTOR = -1;
/** The process does not let us see where its descriptors lead. */
export const REFUSED = -2;

export interface ProcessFiles {
  /** In rising order; none where the procfs cannot be listed. */
  readonly pids: () => readonly number[];
  readonly folderOf: (pid: number) => string;
  /** The inode of a folder; undefined where the process is gone. */
  readonly inodeOf: (folder: string) => number | undefined;
  /** When the process started, in ticks since boot; '' where we may not know, undefined where it is gone. */
  readonly startOf: (folder: string) => string | undefined;
  /** Whether its network namespace is known to be another than the one whose files are read. */
  readonly isElsewhere: (folder: string) => boolean;
  /** The folder with the descriptors of a process. */
  readonly descriptorFolder: (folder: string) => string;
  /** How many are open; undefined where the kernel does not tell: before 6.2, or because of `hidepid=1`. */
  readonly countIn: (descriptorFolder: string) => number | undefined;
  /** Those that are open, none where the process is gone; undefined where we may not know. */
  readonly descriptorsIn: (descriptorFolder: string) => Uint32Array | undefined;
  /** The inode of the socket to which a descriptor leads, or one of the above. */
  readonly socketAt: (descriptorFolder: string, descriptor: number) => number;
}

/** Fields of `stat` behind the name of the process. */
const STATE = 0;
const THREADS = 17;
const START_TICKS = 19;

const SOCKET_LINK = 'socket:[';

/** @param ofEveryNamespace no network namespace is elsewhere */
export const processFiles = (procfs: string, ofEveryNamespace = false): ProcessFiles => {
  /** The network namespace whose files are read. */
  let own: string | undefined;
  const isLive = isProcfs(procfs);

  return {
    pids: () =>
      namesIn(procfs)
        .filter(name => /^\d+$/.test(name))
        .map(Number)
        .sort((a, b) => a - b),

    folderOf: pid => join(procfs, String(pid)),

    inodeOf(folder) {
      try {
        return statSync(folder, { throwIfNoEntry: false })?.ino;
      } catch {
        return undefined;
      }
    },

    startOf(folder) {
      try {
        return statOf(folder)[START_TICKS];
      } catch (error) {
        return isAbsence(error) ? undefined : '';
      }
    },

    isElsewhere(folder) {
      if (ofEveryNamespace) return false;
      own ??= ownNamespace(procfs);
      const inode = own === '' ? undefined : namespaceInode(join(folder, 'ns', 'net'));
      return inode !== undefined && inode !== own;
    },

    descriptorFolder(folder) {
      const usual = join(folder, 'fd');
      const tasks = join(folder, 'task');
      const ofThreads = isOutlivedByThreads(folder)
        ? namesIn(tasks).map(name => join(tasks, name, 'fd'))
        : [];
      return ofThreads.find(each => namesIn(each).length > 0) ?? usual;
    },

    countIn(descriptorFolder) {
      if (!isLive) return undefined;
      try {
        const count = statSync(descriptorFolder).size;
        return count === 0 ? undefined : count;
      } catch {
        return undefined;
      }
    },

    descriptorsIn(descriptorFolder) {
      try {
        return Uint32Array.from(readdirSync(descriptorFolder), Number);
      } catch (error) {
        return isAbsence(error) ? new Uint32Array(0) : undefined;
      }
    },

    socketAt(descriptorFolder, descriptor) {
      try {
        const link = readlinkSync(`${descriptorFolder}/${descriptor}`);
        const inode = link.startsWith(SOCKET_LINK) ? Number(link.slice(SOCKET_LINK.length, -1)) : NO_SOCKET;
        return Number.isSafeInteger(inode) && inode > 0 ? inode : NO_SOCKET;
      } catch (error) {
        // Of a process that has just ended the kernel says that we may not look.
        return isAbsence(error) || !isThere(descriptorFolder) ? NO_DESCRIPTOR : REFUSED;
      }
    },
  };
};

/** include/uapi/linux/magic.h. */
const PROC_SUPER_MAGIC = 0x9fa0;

/** In a captured host the sizes of folders are those of another file system. */
const isProcfs = (folder: string): boolean => {
  try {
    return statfsSync(folder).type === PROC_SUPER_MAGIC;
  } catch {
    return false;
  }
};

/** '' where nothing tells. */
const ownNamespace = (procfs: string): string => {
  try {
    return namespaceOf(procfs).netns;
  } catch {
    return '';
  }
};

/** The fields behind the name, which may hold anything. */
const statOf = (folder: string): readonly string[] => {
  const text = readFileSync(join(folder, 'stat'), 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
};

/** When the first thread ends before the others, `fd` shows its descriptors, which are none; those of the others are in `task`. */
const isOutlivedByThreads = (folder: string): boolean => {
  try {
    const fields = statOf(folder);
    return fields[STATE] === 'Z' && Number(fields[THREADS]) > 1;
  } catch {
    return false;
  }
};

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const isThere = (folder: string): boolean => {
  try {
    return statSync(folder, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
};

const isAbsence = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'ENOTDIR'].includes(String(error.code));
