/** Finds out whose every row of a reading is: the process that holds it, and the program that this process runs. */
import { NO_PROGRAM, type UnownedReason } from '../collectors/owned-sockets.ts';
import type { Owners } from '../procfs/owners.ts';
import type { ProgramNames } from './program-names.ts';
import type { SocketRows } from './socket-rows.ts';

export interface Attribution {
  /** The first is that of the sockets that nobody is known to hold. */
  readonly programs: readonly string[];
  /** The index of the program of a holder, or of none. */
  readonly programOf: (holder: number) => number;
  /** Sockets that are of no program. */
  readonly unowned: Readonly<Record<UnownedReason, number>>;
}

const NOBODY = -1;
const UNOWNED = 0;
/** Of the time to look for holders. */
const NAMES_SHARE = 0.25;

/**
 * Finds the program of every holder that a row has.
 * @param until of `performance.now()`, to find out what the holders are called
 */
export const attribute = (
  rows: SocketRows,
  owners: Owners,
  names: ProgramNames,
  until: number,
): Attribution => {
  const programs = [NO_PROGRAM];
  const indexByName = new Map([[NO_PROGRAM, UNOWNED]]);
  /** By the number of the holder. */
  const indexes: (number | undefined)[] = [];

  /** A holder whose name could not be read in time is nobody, until a later reading has the time. */
  const introduce = (holder: number): number => {
    const process = owners.process(holder);
    const name = (process && names.nameOf(process, until)) ?? NO_PROGRAM;
    const index = indexByName.get(name) ?? programs.push(name) - 1;
    indexByName.set(name, index);
    indexes[holder] = index;
    return index;
  };
  const programOf = (holder: number): number => (holder === NOBODY ? UNOWNED : (indexes[holder] ?? UNOWNED));

  const unowned: Record<UnownedReason, number> = { kernel: 0, permission: 0, budget: 0, vanished: 0 };
  for (let row = 0; row < rows.length(); row++) {
    const holder = rows.holder(row);
    const index = holder === NOBODY ? UNOWNED : (indexes[holder] ?? introduce(holder));
    if (index !== UNOWNED) continue;
    const inode = rows.inode(row);
    if (inode === 0) unowned.kernel++;
    else if (holder === NOBODY) unowned[owners.reasonOf(inode)]++;
    else unowned.budget++;
  }
  for (const sockets of rows.beyondLimit().values()) unowned.budget += sockets;
  return { programs, programOf, unowned };
};

/**
 * Gives every row its holder; of those that nobody is known to hold the holders are looked for, all at once.
 * @param milliseconds to look for holders; their names may take a quarter of that besides, as they are worth nothing without
 * @returns until when names may be asked for
 */
export const findHolders = (all: readonly SocketRows[], owners: Owners, milliseconds: number): number => {
  for (const rows of all)
    for (let row = 0; row < rows.length(); row++) rows.setHolder(row, holderOf(rows.inode(row), owners));
  owners.search(inodesWithoutHolder(all), milliseconds);
  for (const rows of all)
    for (let row = 0; row < rows.length(); row++)
      if (isUnheld(rows, row)) rows.setHolder(row, holderOf(rows.inode(row), owners));
  return performance.now() + milliseconds * NAMES_SHARE;
};

const holderOf = (inode: number, owners: Owners): number => (inode === 0 ? NOBODY : owners.ownerOf(inode));

/** Sockets without an inode are the kernel's own, and held by nobody. */
const isUnheld = (rows: SocketRows, row: number): boolean =>
  rows.inode(row) !== 0 && rows.holder(row) === NOBODY;

function* inodesWithoutHolder(all: readonly SocketRows[]): Iterable<number> {
  for (const rows of all)
    for (let row = 0; row < rows.length(); row++) if (isUnheld(rows, row)) yield rows.inode(row);
}
