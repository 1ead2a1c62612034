/** What the tables of sockets have in common: which sockets, which columns, and who holds them. */
import type { Socket } from '../../collectors/rows.ts';
import type { Holder } from '../../snapshot/holders.ts';
import { shown } from './shown.ts';

/** All, those of servers (-l), or all others. */
export type Selection = 'all' | 'servers' | 'others';

export const isSelected = ({ isServer }: Pick<Socket, 'isServer'>, selection: Selection): boolean =>
  selection === 'all' || isServer === (selection === 'servers');

/** The words behind the title of a table. */
export const selectionWords: Readonly<Record<Selection, string>> = {
  all: '(servers and established)',
  servers: '(only servers)',
  others: '(w/o servers)',
};

export interface SocketColumns {
  /** User and inode. */
  readonly extended: boolean;
  readonly programs: boolean;
  readonly timers: boolean;
  /** Addresses and programs are not cut to the width of their column. */
  readonly wide: boolean;
}

export type HolderOf = (socket: Pick<Socket, 'inode'>) => Pick<Holder, 'pid' | 'command'> | undefined;

const PROGRAM_WIDTH = 20;

export const programHeading = ({ programs }: SocketColumns): string =>
  programs ? ` ${'PID/Program name'.padEnd(PROGRAM_WIDTH)}` : '';

/** `541/python3`, of a command with a path its last part. A hyphen where nobody is known. */
export const programCell = (
  socket: Pick<Socket, 'inode'>,
  { programs, wide }: SocketColumns,
  holderOf: HolderOf,
): string => {
  if (!programs) return '';
  const holder = holderOf(socket);
  const text = holder === undefined ? '-' : `${holder.pid}/${shown(nameOf(holder))}`;
  return ` ${(wide || text.length < PROGRAM_WIDTH ? text : cut(text)).padEnd(PROGRAM_WIDTH)}`;
};

/** Not within what stands for one character, \xNN or \u{NNNN}. */
const cut = (text: string): string =>
  text.slice(0, PROGRAM_WIDTH - 1).replace(/\\(?:x[0-9a-f]?|u(?:\{[0-9a-f]*)?)?$/, '');

const nameOf = ({ command }: Pick<Holder, 'command'>): string =>
  command.startsWith('/') ? command.slice(command.lastIndexOf('/') + 1) : command;
