/**
 * Whose the sockets are. Collectors tell every socket that they meet; when all have been read the holders are looked up, and
 * the sockets are added up by program.
 */
import type { Memory } from '../collectors/collector.ts';
import {
  type Account,
  type Ledger,
  NO_PROGRAM,
  type ProgramCloseWait,
  type Programs,
  type Remembered,
  type SocketTable,
} from '../collectors/owned-sockets.ts';
import type { Owners } from '../procfs/owners.ts';
import { attribute, findHolders, type Attribution } from './attribution.ts';
import { closeWaitTally } from './close-wait.ts';
import type { FirstSeen } from './first-seen.ts';
import { listenerTally } from './listeners.ts';
import { countByProgram, emptiedCells } from './program-counts.ts';
import type { ProgramNames } from './program-names.ts';
import { createSocketRows, type SocketRows } from './socket-rows.ts';

const MILLISECONDS_PER_SECOND = 1000;

/** What the user chose. */
export interface LedgerSettings {
  /** Programs that are told apart, the sockets of no program counting as one. */
  readonly top: number;
  /** Listeners that are told apart. */
  readonly listeners: number;
  /** How long one reading may look for the holders of sockets and for their names. */
  readonly searchSeconds: number;
}

/** What outlives a reading; all of it is bounded. */
export interface LedgerMemory {
  readonly owners: Owners;
  readonly names: ProgramNames;
  /** By inode. */
  readonly closeWaitSince: FirstSeen;
}

export interface Ledgers {
  /** Begins a reading. */
  readonly begin: () => void;
  /**
   * Of one network namespace: a ledger, begun anew in each reading.
   * @param isFirst tells what is remembered of all as well
   */
  readonly of: (memory: Pick<Memory, 'lately' | 'largest'>, isFirst: boolean) => () => Ledger;
  /** Ends a reading. What is forgotten was in no table for long: in one of a ledger that was not settled it may be all the same. */
  readonly end: () => void;
}

/** The holders of the sockets of all ledgers are looked for together, when the first of them is settled. */
export const createLedgers = (shared: LedgerMemory, settings: LedgerSettings): Ledgers => {
  const { owners, names, closeWaitSince } = shared;
  let begun: SocketRows[] = [];
  let settled = 0;
  let namesUntil: number | undefined;

  const findAllHolders = (): number =>
    (namesUntil ??= findHolders(begun, owners, settings.searchSeconds * MILLISECONDS_PER_SECOND));
  const remembered = (): Remembered => ({
    watchedSeconds: closeWaitSince.watchedSeconds(),
    sockets: owners.entries() + closeWaitSince.entries(),
    bytes: begun.reduce((sum, rows) => sum + rows.bytes(), owners.bytes() + closeWaitSince.bytes()),
  });

  return {
    begin() {
      owners.begin();
      names.begin();
      closeWaitSince.begin();
      begun = [];
      settled = 0;
      namesUntil = undefined;
    },
    of(memory, isFirst) {
      const rows = createSocketRows();
      const begin = createLedger(rows, shared, settings, memory, findAllHolders);
      return () => {
        rows.clear();
        begun.push(rows);
        const ledger = begin();
        return {
          ...ledger,
          settle() {
            const programs = ledger.settle();
            settled++;
            return isFirst ? { ...programs, remembered: remembered() } : programs;
          },
        };
      };
    },
    end() {
      if (settled < begun.length) return;
      closeWaitSince.end();
      owners.end();
    },
  };
};

/** @param findAllHolders returns until when their names may be asked for */
const createLedger = (
  rows: SocketRows,
  { owners, names, closeWaitSince }: LedgerMemory,
  { top, listeners }: LedgerSettings,
  { lately, largest }: Pick<Memory, 'lately' | 'largest'>,
  findAllHolders: () => number,
): (() => Ledger) => {
  let wasRefused = false;

  const closeWaitByProgram = (
    tables: readonly SocketTable[],
    { programs, programOf }: Attribution,
  ): readonly ProgramCloseWait[] => {
    const isCloseWait = closeWaitCells(tables, rows.cells());
    const tally = closeWaitTally();
    const socketsOf = new Map<number, number>();
    for (let row = 0; row < rows.length(); row++) {
      if (isCloseWait[rows.cell(row)] === 0) continue;
      const inode = rows.inode(row);
      const holder = rows.holder(row);
      // Subflows of one MPTCP socket share its inode, and so its descriptor.
      if (!closeWaitSince.isMet(inode)) socketsOf.set(holder, (socketsOf.get(holder) ?? 0) + 1);
      const age = inode === 0 ? undefined : closeWaitSince.ageOf(inode);
      tally.socket(programs[programOf(holder)] ?? NO_PROGRAM, rows.unread(row), age);
    }
    for (const [holder, sockets] of socketsOf) {
      const process = owners.process(holder);
      const limit = process && names.descriptorLimitOf(process);
      const name = process && names.nameOf(process, 0);
      if (limit !== undefined && limit > 0 && name !== undefined) tally.process(name, sockets / limit);
    }
    return tally.end({ lately, largest }, top);
  };

  return () => {
    const tables: SocketTable[] = [];
    const listening = listenerTally();

    const account: Ledger['account'] = (family, protocol, states, untold): Account => {
      const base = rows.addCells(states.length);
      const closeWait = base + states.indexOf('CLOSE_WAIT');
      tables.push({ family, protocol, states, untold, base });
      return {
        socket(inode, state) {
          rows.add(inode, base + state, false);
        },
        closeWait(inode, unread) {
          rows.add(inode, closeWait, unread);
        },
        listener(inode, address, port, queueLength, queueLimit) {
          listening.add(inode, { family, address, port: String(port), queueLength, queueLimit });
        },
      };
    };

    const settle = (): Programs => {
      const attribution = attribute(rows, owners, names, findAllHolders());
      const { programs, unowned } = attribution;
      const { counts, folded } = countByProgram(rows, attribution, largest('program'), top);
      const nameOfHolder = (inode: number): string => {
        const process = owners.process(owners.ownerOf(inode));
        return (process && names.nameOf(process, 0)) ?? NO_PROGRAM;
      };
      const ears = listening.end(nameOfHolder, largest('listener'), listeners);
      wasRefused ||= unowned.permission > 0;
      return {
        tables,
        counts,
        emptied: emptiedCells(tables, counts, programs, lately, top),
        closeWait: closeWaitByProgram(tables, attribution),
        unowned,
        listeners: ears.listeners,
        folded: { program: folded, address: ears.folded },
        wasRefused,
        remembered: undefined,
      };
    };

    const checkpoint: Ledger['checkpoint'] = () => {
      const toldTables = tables.length;
      const takeBack = [rows.checkpoint(), listening.checkpoint()];
      return () => {
        tables.length = toldTables;
        for (const each of takeBack) each();
      };
    };

    return { seesProcesses: owners.seesProcesses(), account, checkpoint, settle };
  };
};

/** 1 for the cells that count sockets in CLOSE_WAIT. */
const closeWaitCells = (tables: readonly SocketTable[], cells: number): Uint8Array => {
  const isCloseWait = new Uint8Array(cells);
  for (const { states, base } of tables) {
    const state = states.indexOf('CLOSE_WAIT');
    if (state >= 0) isCloseWait[base + state] = 1;
  }
  return isCloseWait;
};
