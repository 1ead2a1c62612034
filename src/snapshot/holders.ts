/** Who holds a socket, for those who show it row by row. */
import { NO_PROGRAM } from '../collectors/owned-sockets.ts';
import { createOwners, type Owners } from '../procfs/owners.ts';
import { createUserNames } from '../procfs/users.ts';
import { createProgramNames, type ProgramNames } from './program-names.ts';

/** Plain data. */
export interface Holder {
  /** Of the process with the lowest number of those that hold it. */
  readonly pid: number;
  /** As in the label `program`; '' where there was no time to read it. */
  readonly program: string;
  /** The word that the command line of the process begins with. */
  readonly command: string;
}

export interface HolderMemory {
  readonly owners: Owners;
  readonly names: ProgramNames;
}

/** @param until of `performance.now()`: names are read up to then */
export const holderIn = (
  { owners, names }: HolderMemory,
  inode: number | undefined,
  until: number,
): Holder | undefined => {
  const process = inode === undefined || inode === 0 ? undefined : owners.process(owners.ownerOf(inode));
  if (process === undefined) return undefined;
  const program = names.nameOf(process, until) ?? NO_PROGRAM;
  return { pid: process.pid, program, command: names.commandOf(process) ?? '' };
};

export interface Holders {
  /** Looks for the holders of these sockets, however long that takes. Those that were learned before are forgotten if they ended. */
  readonly learn: (inodes: readonly number[]) => void;
  readonly holderOf: (inode: number | undefined) => Holder | undefined;
  /** Whether any process is there: a captured host may have come without. */
  readonly areProcessesSeen: () => boolean;
  /** Whether any process kept from us what it holds. */
  readonly areSomeHidden: () => boolean;
}

/** One search looks for no more. */
const SOUGHT_AT_ONCE = 65_536;

export const createHolders = (procfs: string): Holders => {
  const owners = createOwners(procfs);
  const names = createProgramNames([], createUserNames(procfs));
  let areSomeHidden = false;
  return {
    learn(inodes) {
      owners.begin();
      names.begin();
      const unknown = inodes.filter(inode => inode !== 0 && owners.ownerOf(inode) < 0);
      for (let first = 0; first < unknown.length; first += SOUGHT_AT_ONCE)
        owners.search(unknown.slice(first, first + SOUGHT_AT_ONCE), Infinity);
      areSomeHidden = unknown.some(
        inode => owners.ownerOf(inode) < 0 && owners.reasonOf(inode) === 'permission',
      );
      owners.end();
    },
    holderOf: inode => holderIn({ owners, names }, inode, Infinity),
    areProcessesSeen: () => owners.seesProcesses(),
    areSomeHidden: () => areSomeHidden,
  };
};
