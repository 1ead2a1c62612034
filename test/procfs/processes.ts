/** A host whose processes are plain data, with a clock that stands still unless told, and a count of what is read. */
import type { TestContext } from 'node:test';
import { createOwners, type Owners, type Unowned } from '../../src/procfs/owners.ts';
import { NO_DESCRIPTOR, REFUSED, type ProcessFiles } from '../../src/procfs/process-files.ts';

export interface Living {
  startTicks: string;
  folderInode: number;
  /** Socket by descriptor; 0 for what is none. */
  readonly descriptors: Map<number, number>;
  isRefusing: boolean;
  /** In another network namespace. */
  isElsewhere: boolean;
}

export interface Host {
  readonly living: Map<number, Living>;
  readonly files: ProcessFiles;
  readonly read: { links: number; lists: number };
  /** What the reading of one link takes. */
  linkMilliseconds: number;
  /** What it takes to list the descriptors of a process. */
  listMilliseconds: number;
  /** Whether the kernel tells how many descriptors a process has open. */
  tellsCount: boolean;
  readonly start: (pid: number, sockets?: Readonly<Record<number, number>>) => Living;
  readonly now: () => number;
}

/** @param onLink is called before each link is read, to change the host meanwhile */
export const createHost = (t: TestContext, onLink: () => void = () => undefined): Host => {
  const living = new Map<number, Living>();
  const read = { links: 0, lists: 0 };
  let clock = 1000;
  let folders = 0;
  const now = performance.now.bind(performance);
  performance.now = () => clock;
  t.after(() => {
    performance.now = now;
  });
  const at = (folder: string): Living | undefined => living.get(Number(/\d+/.exec(folder)?.[0]));
  const host: Host = {
    living,
    read,
    linkMilliseconds: 0,
    listMilliseconds: 0,
    tellsCount: false,
    files: {
      pids: () => [...living.keys()].toSorted((a, b) => a - b),
      folderOf: pid => `/proc/${pid}`,
      inodeOf: folder => at(folder)?.folderInode,
      startOf: folder => at(folder)?.startTicks,
      isElsewhere: folder => at(folder)?.isElsewhere === true,
      descriptorFolder: folder => `${folder}/fd`,
      countIn(folder) {
        const open = at(folder)?.descriptors.size ?? 0;
        return host.tellsCount && open > 0 ? open : undefined;
      },
      descriptorsIn(folder) {
        read.lists++;
        clock += host.listMilliseconds;
        const process = at(folder);
        return process?.isRefusing === true ? undefined : Uint32Array.from(process?.descriptors.keys() ?? []);
      },
      socketAt(folder, descriptor) {
        onLink();
        read.links++;
        clock += host.linkMilliseconds;
        const process = at(folder);
        return process?.isRefusing === true
          ? REFUSED
          : (process?.descriptors.get(descriptor) ?? NO_DESCRIPTOR);
      },
    },
    start(pid, sockets = {}) {
      const descriptors = new Map(Object.entries(sockets).map(([key, inode]) => [Number(key), inode]));
      const process = {
        startTicks: String(5000 + folders),
        folderInode: ++folders,
        descriptors,
        isRefusing: false,
        isElsewhere: false,
      };
      living.set(pid, process);
      return process;
    },
    now: () => clock,
  };
  host.start(1);
  return host;
};

export const ownersOf = (host: Host): Owners => createOwners('/proc', host.files);

/** One reading of tables with these inodes: the pid of each holder, or why there is none. */
export const readingOf = (
  owners: Owners,
  inodes: readonly number[],
  milliseconds = Infinity,
): readonly (number | Unowned)[] => {
  owners.begin();
  owners.search(
    inodes.filter(inode => owners.ownerOf(inode) < 0),
    milliseconds,
  );
  const answers = inodes.map(inode => {
    const owner = owners.ownerOf(inode);
    return owner < 0 ? owners.reasonOf(inode) : (owners.process(owner)?.pid ?? 'vanished');
  });
  owners.end();
  return answers;
};
