/**
 * Which network namespaces there are: those that a process is in, told by the links /proc/PID/ns/net (`net:[4026531840]`, printed by
 * ns_get_name() in fs/nsfs.c). Any process of a namespace can stand for it: what is below its /proc/PID/net is the namespace's, and takes
 * no more than the right to read it. A namespace without a process is in no folder of the procfs.
 */
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readable } from '../text/line.ts';
import { beginningOf } from './beginning.ts';
import { containerOf } from './containers.ts';
import { namespaceOf } from './source.ts';

/** Processes that are looked at; the others are told to be hidden. */
const PROCESSES_LIMIT = 65_536;
/** Processes that may stand for a namespace, one after the other, when those before them end. */
const REPRESENTATIVES_LIMIT = 8;
/** Names below /run/netns. */
const NAMES_LIMIT = 16_384;
const CGROUP_BYTES_LIMIT = 16_384;
const NEWLINE = 0x0a;
const INIT = 1;

export interface NamespaceChoice {
  /** Expressions that the name or the container of a namespace must match as a whole; '' for all. */
  readonly include: string;
  /** Likewise for those to leave out; '' for none. */
  readonly exclude: string;
  /** How many are read beside the one that is read anyway. */
  readonly limit: number;
}

/** What a namespace is called. */
export interface NamespaceName {
  /** The name below /run/netns, else the container, else the inode; no two have the same. */
  readonly netns: string;
  readonly container: string;
  readonly pod: string;
  readonly inode: string;
  readonly isInit: 'true' | 'false' | 'unknown';
}

export interface Namespace extends NamespaceName {
  /** Processes that can stand for it, that with the lowest number first. */
  readonly pids: readonly number[];
}

export interface Namespaces {
  /** The one that is read without looking for others. */
  readonly home: NamespaceName;
  readonly others: readonly Namespace[];
  readonly unread: Readonly<Record<UnreadReason, number>>;
  /** Processes whose namespace is not ours to see, or that are too many to be looked at. */
  readonly hiddenProcesses: number;
}

/** Why a namespace is not read: the user left it out, there are too many, or it has a name and no process. */
export const unreadReasons = ['excluded', 'limit', 'process'] as const;
export type UnreadReason = (typeof unreadReasons)[number];

/** Those that were chosen stay chosen while there are too many. */
export const createNamespaces = (
  procfs: string,
  rootfs: string,
  { include, exclude, limit }: NamespaceChoice,
): (() => Namespaces) => {
  const isIncluded = wholeMatch(include);
  const isExcluded = wholeMatch(exclude);
  const isWanted = ({ netns, container }: NamespaceName): boolean => {
    const names = container === '' ? [netns] : [netns, container];
    return (include === '' || names.some(isIncluded)) && (exclude === '' || !names.some(isExcluded));
  };
  let chosenBefore: ReadonlySet<string> = new Set();

  return () => {
    const { pidsOf, hiddenProcesses } = processesByNamespace(procfs);
    const named = namesIn(join(rootfs, 'run', 'netns'));
    const { netns: homeInode, isInit } = namespaceOf(procfs);
    const all = withNames(procfs, pidsOf, named);
    const others = all.filter(({ inode }) => inode !== homeInode);

    const wanted = others.filter(isWanted);
    const chosen = wanted
      .toSorted((a, b) => Number(chosenBefore.has(b.inode)) - Number(chosenBefore.has(a.inode)))
      .slice(0, limit);
    chosenBefore = new Set(chosen.map(({ inode }) => inode));
    return {
      home: all.find(({ inode }) => inode === homeInode) ?? {
        ...{ netns: homeInode, container: '', pod: '', inode: homeInode, isInit },
      },
      others: chosen,
      unread: {
        excluded: others.length - wanted.length,
        limit: wanted.length - chosen.length,
        process: [...named.keys()].filter(inode => !pidsOf.has(inode)).length,
      },
      hiddenProcesses,
    };
  };
};

/** Tells whether the process is in the namespace at that moment. */
export const isInNamespace =
  (procfs: string, pid: number, inode: string): (() => boolean) =>
  () =>
    namespaceInodeOf(procfs, pid) === inode;

const wholeMatch = (expression: string): ((text: string) => boolean) => {
  const whole = new RegExp(`^(?:${expression})$`, 'u');
  return text => whole.test(text);
};

/** In place of an inode: the process is gone, or has no namespace any more. */
const GONE = '';
/** Likewise: it is not ours to see. */
const HIDDEN = '?';

const namespaceInodeOf = (procfs: string, pid: number): string => {
  try {
    return /\d+/.exec(readlinkSync(`${procfs}/${pid}/ns/net`))?.[0] ?? GONE;
  } catch (error) {
    const isHidden =
      error instanceof Error && 'code' in error && ['EACCES', 'EPERM'].includes(String(error.code));
    return isHidden ? HIDDEN : GONE;
  }
};

interface ByNamespace {
  /** In the order of the first process of each. */
  readonly pidsOf: ReadonlyMap<string, readonly number[]>;
  readonly hiddenProcesses: number;
}

const processesByNamespace = (procfs: string): ByNamespace => {
  const pids = readdirSync(procfs)
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
  const pidsOf = new Map<string, number[]>();
  let hiddenProcesses = Math.max(0, pids.length - PROCESSES_LIMIT);
  for (const pid of pids.slice(0, PROCESSES_LIMIT)) {
    const inode = namespaceInodeOf(procfs, pid);
    if (inode === HIDDEN) hiddenProcesses++;
    if (inode === HIDDEN || inode === GONE) continue;
    const known = pidsOf.get(inode);
    if (known === undefined) pidsOf.set(inode, [pid]);
    else if (known.length < REPRESENTATIVES_LIMIT) known.push(pid);
  }
  return { pidsOf, hiddenProcesses };
};

/** By inode. Each is a file on which the namespace is mounted; one on which nothing is has an inode that no namespace has. */
const namesIn = (folder: string): ReadonlyMap<string, string> => {
  const names = new Map<string, string>();
  for (const name of entriesOf(folder).slice(0, NAMES_LIMIT)) {
    const inode = mountedAt(Buffer.concat([Buffer.from(`${folder}/`), name]));
    if (inode !== undefined && !names.has(inode)) names.set(inode, readable(name));
  }
  return names;
};

const entriesOf = (folder: string): readonly Buffer[] => {
  try {
    return readdirSync(folder, { encoding: 'buffer' }).sort((a, b) => a.compare(b));
  } catch {
    return [];
  }
};

/** The kernel numbers namespaces from here on: PROC_DYNAMIC_FIRST in fs/proc/generic.c. */
const FIRST_NAMESPACE_INODE = 0xf000_0000;

const mountedAt = (path: Buffer): string | undefined => {
  try {
    const { ino } = statSync(path);
    return ino >= FIRST_NAMESPACE_INODE && ino < 2 ** 32 ? String(ino) : undefined;
  } catch {
    return undefined;
  }
};

/** A container may make namespaces of its own: the one of its first process goes by its name. */
const withNames = (
  procfs: string,
  pidsOf: ReadonlyMap<string, readonly number[]>,
  named: ReadonlyMap<string, string>,
): readonly Namespace[] => {
  const init = namespaceInodeOf(procfs, INIT);
  const isInitKnown = init !== HIDDEN && init !== GONE;
  const taken = new Set<string>();
  return [...pidsOf].map(([inode, pids]) => {
    const cgroups = readable(beginningOf(`${procfs}/${pids[0] ?? ''}/cgroup`, CGROUP_BYTES_LIMIT, NEWLINE));
    const { container, pod } = containerOf(cgroups);
    const netns = [named.get(inode), container].find(name => name && !taken.has(name)) ?? inode;
    taken.add(netns);
    const isInit = !isInitKnown ? 'unknown' : inode === init ? 'true' : 'false';
    return { netns, container, pod, inode, isInit, pids };
  });
};
