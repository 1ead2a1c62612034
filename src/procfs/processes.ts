/** The processes that live, each with a number of its own: a pid may be another process in the next reading. */
import type { ProcessFiles } from './process-files.ts';

/** Processes that are looked into; on a host with more, what the others hold stays unknown. */
export const PROCESSES_LIMIT = 65_536;
/** What is kept of one process takes about so much. */
const PROCESS_BYTES = 400;
const INIT = 1;

export interface Process {
  readonly pid: number;
  /** Its folder below the procfs. */
  readonly folder: string;
}

export interface KnownProcess extends Process {
  readonly number: number;
  /** When it started: with the pid it tells a process from any other. */
  readonly startTicks: string;
  /** Of its folder: procfs makes another one for another process with the same pid. */
  folderInode: number;
  descriptorFolder: string;
  /** Whether it lives in another network namespace than the one that is read. */
  readonly isElsewhere: boolean;
  /** Descriptors at which sockets were and most likely nothing is. */
  freeDescriptors: number[];
  /** Whether it had a descriptor when it was last looked into. */
  hadDescriptors: boolean;
  /** Whether it ever was seen with a socket. */
  isHolder: boolean;
  /** Whether it hid its descriptors when it was last looked into. */
  isRefusing: boolean;
  /** Whatever it held in this reading was seen. */
  walkedIn: number;
}

export interface Processes {
  /**
   * Forgets those that ended, and takes note of who is new.
   * @returns whether one of those that ended held sockets
   */
  readonly refresh: () => boolean;
  readonly at: (number: number) => KnownProcess | undefined;
  readonly all: () => readonly KnownProcess[];
  /** Gets to know the next of those who are new; undefined where there are no more. */
  readonly meetStranger: () => KnownProcess | undefined;
  /** The reading that saw, it or a later one, whatever any of them held; 0 while there are strangers. */
  readonly walkedSince: (reading: number) => number;
  /** More live than are looked into. */
  readonly areTooMany: () => boolean;
  /** A captured host may have come without its processes. */
  readonly areSeen: () => boolean;
  /** Some live that are not listed, or hide what they hold. */
  readonly areSomeHidden: () => boolean;
  readonly bytes: () => number;
}

export const createProcesses = (files: ProcessFiles): Processes => {
  const processes: (KnownProcess | undefined)[] = [];
  const freeNumbers: number[] = [];
  const byPid = new Map<number, KnownProcess>();
  /** Pids; the last is the next. */
  let strangers: number[] = [];
  let areTooMany = false;
  let areSeen = false;
  let isInitListed = false;

  const meet = (pid: number): KnownProcess | undefined => {
    const folder = files.folderOf(pid);
    const folderInode = files.inodeOf(folder);
    const startTicks = files.startOf(folder);
    if (folderInode === undefined || startTicks === undefined) return undefined;
    const known: KnownProcess = {
      pid,
      folder,
      number: freeNumbers.pop() ?? processes.length,
      startTicks,
      folderInode,
      descriptorFolder: `${folder}/fd`,
      isElsewhere: files.isElsewhere(folder),
      freeDescriptors: [],
      hadDescriptors: true,
      isHolder: false,
      isRefusing: false,
      walkedIn: 0,
    };
    processes[known.number] = known;
    byPid.set(pid, known);
    return known;
  };

  const forget = ({ pid, number }: KnownProcess): void => {
    processes[number] = undefined;
    byPid.delete(pid);
    freeNumbers.push(number);
  };

  const isAlive = (known: KnownProcess): boolean => {
    const folderInode = files.inodeOf(known.folder);
    if (folderInode === known.folderInode) return true;
    // A folder that was dropped for want of memory is made anew as well.
    if (folderInode === undefined || files.startOf(known.folder) !== known.startTicks) return false;
    known.folderInode = folderInode;
    return true;
  };

  return {
    refresh() {
      const pids = files.pids();
      areSeen = pids.length > 0;
      areTooMany = pids.length > PROCESSES_LIMIT;
      isInitListed = pids[0] === INIT;
      const listed = new Set(pids.slice(0, PROCESSES_LIMIT));
      let hasHolderEnded = false;
      for (const known of byPid.values()) {
        // Nothing was ever said of who holds no socket: its successor may stand for it until it holds one.
        if (listed.has(known.pid) && (!known.isHolder || isAlive(known))) continue;
        forget(known);
        hasHolderEnded ||= known.isHolder;
      }
      strangers = [...listed].filter(pid => !byPid.has(pid)).reverse();
      return hasHolderEnded;
    },
    at: number => processes[number],
    all: () => [...byPid.values()],
    meetStranger() {
      for (let pid = strangers.pop(); pid !== undefined; pid = strangers.pop()) {
        const known = meet(pid);
        if (known !== undefined) return known;
      }
      return undefined;
    },
    walkedSince: reading =>
      strangers.length > 0
        ? 0
        : [...byPid.values()].reduce((oldest, { walkedIn }) => Math.min(oldest, walkedIn), reading),
    areTooMany: () => areTooMany,
    areSeen: () => areSeen,
    areSomeHidden: () => !isInitListed || [...byPid.values()].some(({ isRefusing }) => isRefusing),
    bytes: () => byPid.size * PROCESS_BYTES,
  };
};
