/**
 * Which process holds a socket: inode -> process, learned from the links in /proc/PID/fd and kept from reading to
 * reading, because a walk over all descriptors of a host costs more than all its network files. A walk is for sockets that
 * nobody is known to hold, goes first where they most likely are, and ends when all are found or its time is up.
 * A socket that several processes hold counts for the one with the lowest pid of those looked into, as netstat has it.
 */
import { INODES_LIMIT, InodeTable } from './inode-table.ts';
import { NO_DESCRIPTOR, NO_SOCKET, processFiles, REFUSED } from './process-files.ts';
import { createProcesses, type KnownProcess, type Process } from './processes.ts';

/** Descriptors of one process that are remembered as free; sockets that it opens next get the lowest of them. */
const FREE_DESCRIPTORS_LIMIT = 1024;
const FREE_IN_A_ROW = 64;
/** Processes known for long are looked through again for so long in one reading, the others' turn comes in the next. */
const SECOND_LOOK_MILLISECONDS = 25;
/** Sockets that one search looks for; those beyond have their turn in the next. */
const WANTED_LIMIT = 131_072;
/** Known sockets of which one reading makes sure that they are still where they were. */
export const VERIFIED_LINKS = 256;
/** A socket that no process held is looked for again after so many readings: it may have been passed on. */
const RETRY_READINGS = 32;
/** Readings after which a socket that none of them met is forgotten. */
const KEPT_READINGS = 16;

export type { Process };

/** Why nobody is known to hold a socket. */
export type Unowned = 'permission' | 'budget' | 'vanished';

export interface Owners {
  /** Begins a reading: processes that ended are forgotten, and what they held has no owner. */
  readonly begin: () => void;
  /** Whether any process is seen; without one nothing can be said of any socket. */
  readonly seesProcesses: () => boolean;
  /** The number of the process that holds the socket; -1 where none is known. */
  readonly ownerOf: (inode: number) => number;
  /**
   * Looks for the holders of sockets that have none, once in a reading.
   * @param milliseconds to look for them; the list of the descriptors of one process is read whole all the same
   */
  readonly search: (inodes: Iterable<number>, milliseconds: number) => void;
  /** For a socket that the search did not find. */
  readonly reasonOf: (inode: number) => Unowned;
  readonly process: (owner: number) => Process | undefined;
  /** Ends a reading: sockets that were not met for long are forgotten. */
  readonly end: () => void;
  readonly entries: () => number;
  readonly bytes: () => number;
}

/** Where the sockets of one process are. */
interface Holding {
  readonly known: KnownProcess;
  /** Descriptors that need no look in this reading. */
  readonly settled: number[];
  /** Descriptors of sockets that are in no table any more: others may have taken them. */
  readonly left: { readonly descriptor: number; readonly inode: number }[];
  /** One more than the highest descriptor with a socket. */
  end: number;
}

/** A way through the descriptors of one process. */
interface Walk {
  readonly known: KnownProcess;
  /** The reading in which it began. */
  readonly began: number;
  /** How many descriptors are open; undefined where it is better to list them. */
  readonly open: number | undefined;
  /** Those that are still to be looked at; undefined while one is tried after the other. */
  listed: Uint32Array | undefined;
  next: number;
  seen: number;
}

const NOBODY = -1;
const NOT_SOUGHT = 0;
const NEVER_MET = 0;
const NEVER_WALKED = 0;

export const createOwners = (procfs: string, files = processFiles(procfs)): Owners => {
  const processes = createProcesses(files);
  /**
   * Socket -> the number of the process that holds it, with the descriptor as the note. What has no holder has
   * as its note the reading that first looked for it.
   */
  const index = new InodeTable();
  let reading = 0;
  /** Every process was looked through in this reading or after it. */
  let walkedSince = 0;
  let verifiedPlace = 0;
  /** A walk that took more time than there was goes on in the next search; there is one at most. */
  let unfinished: Walk | undefined;
  let areSomeHidden = false;

  const holderOf = (inode: number): KnownProcess | undefined => processes.at(index.get(inode));

  const release = (inode: number): void => {
    index.set(inode, NOBODY, index.metBy(inode), NOT_SOUGHT);
  };

  const take = (inode: number, known: KnownProcess, descriptor: number): void => {
    const holder = holderOf(inode);
    if (holder !== undefined && holder.pid <= known.pid) return;
    const met = index.metBy(inode);
    // Sockets that are in none of the tables, as those of other namespaces, leave room for those that are.
    if (met !== reading && index.size >= INODES_LIMIT / 2) return;
    if (index.set(inode, known.number, met, descriptor)) known.isHolder = true;
  };

  const look = (known: KnownProcess, descriptor: number): number => {
    const inode = files.socketAt(known.descriptorFolder, descriptor);
    if (inode > NO_SOCKET) take(inode, known, descriptor);
    if (inode === REFUSED) known.isRefusing = true;
    return inode;
  };

  const rememberFree = (known: KnownProcess, descriptor: number): void => {
    if (known.freeDescriptors.length < FREE_DESCRIPTORS_LIMIT) known.freeDescriptors.push(descriptor);
  };

  const releaseOfTheDead = (): void => {
    index.each((inode, number) => {
      if (number !== NOBODY && processes.at(number) === undefined) release(inode);
    });
  };

  /** A socket may be passed on, and closed by who had it first, without any trace in the tables. */
  const verifySome = (): void => {
    let links = 0;
    for (let places = index.places; places > 0 && links < VERIFIED_LINKS; places--) {
      verifiedPlace = (verifiedPlace + 1) % index.places;
      const inode = index.inodeAt(verifiedPlace);
      const known = holderOf(inode);
      if (known === undefined || index.metBy(inode) < reading - 1) continue;
      const descriptor = index.note(inode);
      const found = look(known, descriptor);
      if (found === NO_DESCRIPTOR) rememberFree(known, descriptor);
      if (found !== inode) release(inode);
      links++;
    }
  };

  /** Not all processes were looked through since it is looked for. */
  const isSought = (inode: number): boolean => {
    const since = index.note(inode);
    return since === NOT_SOUGHT || since > walkedSince;
  };

  /** Of a socket without a holder; takes note of since when it is looked for. */
  const isWanted = (inode: number): boolean => {
    const since = index.note(inode);
    if (since === NOT_SOUGHT) index.set(inode, NOBODY, reading, reading);
    return since === NOT_SOUGHT || since > walkedSince || (reading - since) % RETRY_READINGS === 0;
  };

  /** By the number of the process. */
  const holdings = (): readonly (Holding | undefined)[] => {
    const all: (Holding | undefined)[] = [];
    index.each((inode, number, met, descriptor) => {
      const known = processes.at(number);
      if (known === undefined) return;
      const holding = (all[number] ??= { known, settled: [], left: [], end: 0 });
      holding.end = Math.max(holding.end, descriptor + 1);
      if (met === reading) holding.settled.push(descriptor);
      else if (met !== NEVER_MET) holding.left.push({ descriptor, inode });
    });
    return all;
  };

  const listOf = (known: KnownProcess): Uint32Array => {
    let descriptors = files.descriptorsIn(known.descriptorFolder);
    if (descriptors?.length === 0 && known.hadDescriptors) {
      known.descriptorFolder = files.descriptorFolder(known.folder);
      descriptors = files.descriptorsIn(known.descriptorFolder);
    }
    known.isRefusing = descriptors === undefined;
    known.hadDescriptors = descriptors?.length !== 0;
    return descriptors ?? new Uint32Array(0);
  };

  /** Of a process that nobody has looked into every descriptor is news, and to list them first would cost a fifth more. */
  const startWalk = (known: KnownProcess): Walk => {
    if (unfinished?.known === known) return unfinished;
    const open = known.walkedIn === NEVER_WALKED ? files.countIn(known.descriptorFolder) : undefined;
    known.isRefusing = false;
    const listed = open === undefined ? listOf(known) : undefined;
    return { known, began: reading, open, listed, next: 0, seen: 0 };
  };

  const searchFor = (wanted: Set<number>, until: number): void => {
    const isOver = (limit: number): boolean => wanted.size === 0 || performance.now() >= limit;

    const seek = (known: KnownProcess, descriptor: number): number => {
      const inode = look(known, descriptor);
      wanted.delete(inode);
      return inode;
    };

    /**
     * Tries one descriptor after the other, as long as few are free.
     * @returns false where the time is up
     */
    const probe = (way: Walk, open: number, limit: number): boolean => {
      const fewFree = FREE_IN_A_ROW + open / 8;
      for (; way.next - way.seen <= fewFree; way.next++) {
        if (isOver(limit)) return false;
        const inode = seek(way.known, way.next);
        if (inode >= NO_SOCKET) way.seen++;
        // One more than there were is tried: another one may have been opened meanwhile.
        else if (inode === REFUSED || way.seen >= open) {
          way.listed = new Uint32Array(0);
          return true;
        }
      }
      const behind = way.next;
      way.listed = listOf(way.known).filter(descriptor => descriptor >= behind);
      way.next = 0;
      return true;
    };

    /** @returns whether it came to the end */
    const walk = (known: KnownProcess, settled: readonly number[], limit: number): boolean => {
      const way = startWalk(known);
      const stop = (): false => {
        unfinished ??= way;
        return false;
      };
      if (way.listed === undefined && !probe(way, way.open ?? 0, limit)) return stop();
      const descriptors = way.listed ?? [];
      const isSettled = new Set(settled);
      for (; way.next < descriptors.length && !known.isRefusing; way.next++) {
        if (isOver(limit)) return stop();
        const descriptor = descriptors[way.next] ?? NO_DESCRIPTOR;
        if (!isSettled.has(descriptor)) seek(known, descriptor);
      }
      known.walkedIn = way.began;
      if (unfinished === way) unfinished = undefined;
      return true;
    };

    /** Those of other network namespaces hold none of these sockets, but for one in a thousand. */
    const meetStrangers = (): void => {
      while (!isOver(until)) {
        const known = processes.meetStranger();
        if (known === undefined) return;
        if (!known.isElsewhere) walk(known, [], until);
      }
    };

    /** The kernel gives out the lowest free descriptor: above many that are free no other was given out. */
    const lookWhereOneLeft = ({ known, settled, left, end }: Holding): void => {
      const vacant = [
        ...known.freeDescriptors.map(descriptor => ({ descriptor, inode: NO_SOCKET })),
        ...left,
      ].sort((a, b) => a.descriptor - b.descriptor);
      const free: number[] = [];
      let freeInARow = 0;
      for (const { descriptor, inode } of vacant) {
        if (isOver(until) || freeInARow === FREE_IN_A_ROW) {
          if (inode === NO_SOCKET) free.push(descriptor);
          continue;
        }
        const found = seek(known, descriptor);
        settled.push(descriptor);
        freeInARow = found === NO_DESCRIPTOR ? freeInARow + 1 : 0;
        if (found === NO_DESCRIPTOR) free.push(descriptor);
        if (inode === NO_SOCKET) continue;
        if (found === inode) index.set(inode, known.number, NEVER_MET, descriptor);
        else release(inode);
      }
      known.freeDescriptors = free.slice(0, FREE_DESCRIPTORS_LIMIT);
      for (let next = end; !isOver(until) && seek(known, next) >= NO_SOCKET; next++) settled.push(next);
    };

    const lookEverywhere = (holdings: readonly (Holding | undefined)[]): void => {
      const secondLook = Math.min(until, performance.now() + SECOND_LOOK_MILLISECONDS);
      const begun = unfinished?.known;
      const held = (known: KnownProcess): number => holdings[known.number]?.settled.length ?? 0;
      const others = processes
        .all()
        .filter(known => known !== begun && known.walkedIn !== reading)
        // One that holds thousands takes all the time of a second look, and the others would wait for it.
        .sort((a, b) => a.walkedIn - b.walkedIn || held(a) - held(b) || a.pid - b.pid);
      // What was begun is finished first; it may have begun before there was what is sought now, and so has another turn.
      for (const known of begun === undefined ? others : [begun, ...others, begun]) {
        if (known.walkedIn === reading) continue;
        const limit = known.walkedIn === NEVER_WALKED ? until : secondLook;
        if (isOver(limit) || !walk(known, holdings[known.number]?.settled ?? [], limit)) return;
      }
    };

    meetStrangers();
    if (isOver(until)) return;
    const held = holdings();
    const byChurn = held
      .filter(holding => holding !== undefined)
      .sort((a, b) => b.left.length - a.left.length || b.settled.length - a.settled.length);
    for (const holding of byChurn) {
      if (isOver(until)) return;
      lookWhereOneLeft(holding);
    }
    lookEverywhere(held);
  };

  return {
    begin() {
      reading++;
      if (processes.refresh()) releaseOfTheDead();
      if (unfinished !== undefined && processes.at(unfinished.known.number) !== unfinished.known)
        unfinished = undefined;
      verifySome();
    },
    seesProcesses: () => processes.areSeen(),
    ownerOf: inode => index.meet(inode, reading),
    search(inodes, milliseconds) {
      const wanted = new Set<number>();
      for (const inode of inodes) {
        if (wanted.size === WANTED_LIMIT) break;
        if (isWanted(inode)) wanted.add(inode);
      }
      if (wanted.size > 0) searchFor(wanted, performance.now() + milliseconds);
      walkedSince = Math.max(walkedSince, processes.walkedSince(reading));
      areSomeHidden = processes.areSomeHidden();
    },
    reasonOf(inode) {
      if (processes.areTooMany() || isSought(inode)) return 'budget';
      return areSomeHidden ? 'permission' : 'vanished';
    },
    process: owner => processes.at(owner),
    end() {
      if (reading % KEPT_READINGS !== 0) return;
      const oldest = reading - KEPT_READINGS;
      index.each((_inode, number, met, descriptor) => {
        const known = processes.at(number);
        if (known !== undefined && met < oldest && met !== NEVER_MET) rememberFree(known, descriptor);
      });
      index.prune(oldest);
    },
    entries: () => index.size,
    bytes: () => index.bytes + processes.bytes() + (unfinished?.listed?.byteLength ?? 0),
  };
};
