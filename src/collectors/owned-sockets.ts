/** Sockets and who holds them: how collectors tell of the first, and what they are told of the second. */
import type { AddressFamily } from '../metrics/label.ts';

/** Sockets of one family and protocol, told one by one to whoever finds out at the end whose they are. */
export interface Account {
  /**
   * @param inode 0 where no program holds the socket
   * @param state index in the states of the account
   */
  socket(inode: number, state: number): void;
  /** In place of the above, with whether its program has not read the end of stream yet. */
  closeWait(inode: number, unread: boolean): void;
  /**
   * Beside the above: where it listens, and how many connections wait to be accepted.
   * @param queueLimit how many may wait; undefined where the kernel does not tell
   */
  listener(inode: number, address: string, port: number, queueLength: number, queueLimit?: number): void;
}

export interface Ledger {
  /** Whether any process is seen: a captured host may have come without. */
  readonly seesProcesses: boolean;
  /** @param untold a state whose sockets nobody tells of, though there may be some */
  account(family: AddressFamily, protocol: string, states: readonly string[], untold?: string): Account;
  /** Returns what takes back all that is told from now on: for a table that has to be read once more. */
  checkpoint(): () => void;
  /** Looks for the holders of all sockets that were told. */
  settle(): Programs;
}

export interface Programs {
  readonly tables: readonly SocketTable[];
  /** Those that are told apart, the sockets of no program first and all other programs last. */
  readonly counts: readonly ProgramCounts[];
  /** What was above zero a short while ago and is not any more. */
  readonly emptied: readonly EmptiedCell[];
  /** Those with most CLOSE_WAIT sockets first; at the end those that had some a short while ago. */
  readonly closeWait: readonly ProgramCloseWait[];
  readonly unowned: Readonly<Record<UnownedReason, number>>;
  readonly listeners: readonly ListenerCount[];
  /** Programs and listeners that are not told apart. */
  readonly folded: Readonly<Record<'program' | 'address', number>>;
  /** Whether a process ever kept its descriptors from us. */
  readonly wasRefused: boolean;
  /** Undefined where it is told beside the sockets of another network namespace. */
  readonly remembered: Remembered | undefined;
}

/** What outlives a reading. */
export interface Remembered {
  /** Since when ages are watched. */
  readonly watchedSeconds: number;
  readonly sockets: number;
  readonly bytes: number;
}

export interface SocketTable {
  readonly family: AddressFamily;
  readonly protocol: string;
  readonly states: readonly string[];
  /** The state whose sockets are not among those that were told. */
  readonly untold: string | undefined;
  /** The cell of its first state; those of the others follow. */
  readonly base: number;
}

export interface ProgramCounts {
  readonly program: string;
  /** Sockets by cell: one for each state of each table. */
  readonly sockets: readonly number[];
}

export interface EmptiedCell {
  readonly program: string;
  readonly cell: number;
}

export interface ProgramCloseWait {
  readonly program: string;
  readonly unread: number;
  readonly read: number;
  /** Undefined where nothing tells its sockets from others. */
  readonly oldestSeconds: number | undefined;
  /** By the ages of `closeWaitAges`. */
  readonly olderThan: readonly number[];
  /** Undefined where no limit could be read. */
  readonly descriptorRatio: number | undefined;
}

export const closeWaitAges = [60, 600, 3600] as const;

export const unownedReasons = ['kernel', 'permission', 'budget', 'vanished'] as const;
export type UnownedReason = (typeof unownedReasons)[number];

export interface ListenerCount {
  readonly family: AddressFamily;
  readonly address: string;
  readonly port: string;
  readonly program: string;
  readonly queueLength: number;
  /** Undefined where the kernel does not tell. */
  readonly queueLimit: number | undefined;
}

/** Of sockets that nobody is known to hold. */
export const NO_PROGRAM = '';
/** Of all that are not told apart. A program of this name is one of them. */
export const OTHER_PROGRAMS = 'other';
