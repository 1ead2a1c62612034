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
  type SocketTable,
} from '../collectors/owned-sockets.ts';
import type { Owners } from '../procfs/owners.ts';
import { attribute } from './attribution.ts';
import { closeWaitTally } from './close-wait.ts';
import type { FirstSeen } from './first-seen.ts';
import { listenerTally } from './listeners.ts';
import { countByProgram, emptiedCells } from './program-counts.ts';
import type { ProgramNames } from './program-names.ts';
import { createSocketRows } from './socket-rows.ts';

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

/** Begins a reading. */
export type BeginLedger = () => Ledger;

export const createLedgers = (
  { owners, names, closeWaitSince }: LedgerMemory,
  { top, listeners, searchSeconds }: LedgerSettings,
  { lately, largest }: Pick<Memory, 'lately' | 'largest'>,
): BeginLedger => {
  const rows = createSocketRows();
  let wasRefused = false;

  const closeWaitByProgram = (
    tables: readonly SocketTable[],
    programs: readonly string[],
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
      tally.socket(programs[rows.program(row)] ?? NO_PROGRAM, rows.unread(row), age);
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
    owners.begin();
    names.begin();
    closeWaitSince.begin();
    rows.clear();
    const tables: SocketTable[] = [];
    const listening = listenerTally();

    const account: Ledger['account'] = (family, protocol, states): Account => {
      const base = rows.addCells(states.length);
      const closeWait = base + states.indexOf('CLOSE_WAIT');
      tables.push({ family, protocol, states, base });
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
      const milliseconds = searchSeconds * MILLISECONDS_PER_SECOND;
      const { programs, unowned } = attribute(rows, owners, names, milliseconds);
      const { counts, folded } = countByProgram(rows, programs, largest('program'), top);
      const nameOfHolder = (inode: number): string => {
        const process = owners.process(owners.ownerOf(inode));
        return (process && names.nameOf(process, 0)) ?? NO_PROGRAM;
      };
      const ears = listening.end(nameOfHolder, largest('listener'), listeners);
      wasRefused ||= unowned.permission > 0;
      const told: Programs = {
        tables,
        counts,
        emptied: emptiedCells(tables, counts, programs, lately, top),
        closeWait: closeWaitByProgram(tables, programs),
        unowned,
        listeners: ears.listeners,
        folded: { program: folded, address: ears.folded },
        wasRefused,
        watchedSeconds: closeWaitSince.watchedSeconds(),
        rememberedSockets: owners.entries() + closeWaitSince.entries(),
        rememberedBytes: owners.bytes() + closeWaitSince.bytes() + rows.bytes(),
      };
      closeWaitSince.end();
      owners.end();
      return told;
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
