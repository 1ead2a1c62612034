/**
 * A page of sockets. Whose they are is known of those that an earlier reading met; for others the holders are looked for, once all
 * tables are read. When it depends on the holder which rows are shown and some holders became known only then, the tables are
 * read once more, which costs less than to keep a hundred thousand rows.
 */
import { NO_PROGRAM } from '../collectors/owned-sockets.ts';
import type { Socket } from '../collectors/rows.ts';
import { attribute, findHolders } from './attribution.ts';
import type { FirstSeen } from './first-seen.ts';
import { holderIn, type HolderMemory } from './holders.ts';
import { createSocketView, type ShownSocket } from './shown-socket.ts';
import { createSocketRows } from './socket-rows.ts';
import {
  createCounter,
  createSortedRows,
  isAskedFor,
  type Counter,
  type TablePage,
  type TableQuery,
} from './table-page.ts';
import { NOBODY, tables } from './tables.ts';

export interface SocketPageMemory {
  /** Undefined where nobody is to look whose the sockets are. */
  readonly holders: HolderMemory | undefined;
  readonly closeWaitSince: FirstSeen;
  readonly userName: (uid: number) => string;
  /** The tables hold no more than a part of the sockets that are remembered. */
  readonly isPart?: boolean;
}

const NO_HOLDER = -1;

type Told = Pick<ShownSocket, 'pid' | 'program' | 'command'>;

interface Looked {
  readonly shown: readonly ShownSocket[];
  /** None of the tables failed. */
  readonly isWhole: boolean;
}

/** Columns that are known only of sockets whose holder is. */
const holderColumns: readonly (string | undefined)[] = ['program', 'pid', 'command'];

/**
 * Yields whatever the reading of the tables yields.
 * @param readTables hands over the sockets of all tables; tells whether none of them failed
 * @param milliseconds to look for holders
 */
export function* takeSocketPage<Read>(
  query: TableQuery,
  readTables: (offer: (socket: Socket) => void) => Generator<Read, boolean>,
  { holders: mayLook, closeWaitSince, userName, isPart = false }: SocketPageMemory,
  milliseconds: number,
): Generator<Read, Pick<TablePage, 'rows' | 'matched' | 'counts'>> {
  const { program: wantedProgram, ...cheap } = query.where;
  mayLook?.owners.begin();
  mayLook?.names.begin();
  closeWaitSince.begin();
  // A captured host may have come without its processes.
  const holders = mayLook?.owners.seesProcesses() === true ? mayLook : undefined;
  const rows = createSocketRows();
  const cells = createCells(rows.addCells);
  let until = 0;

  const holderOf = (inode: number | undefined): Told => {
    if (holders === undefined) return { pid: undefined, program: undefined, command: undefined };
    return holderIn(holders, inode, until) ?? { pid: undefined, program: NO_PROGRAM, command: undefined };
  };
  const ageOf = ({ state, inode = 0 }: Socket): number | undefined =>
    state === 'CLOSE_WAIT' && inode !== 0 ? closeWaitSince.ageOf(inode) : undefined;

  const view = createSocketView({ userOf: once(userName), holderOf, ageOf });
  const isCheaplyAskedFor = isAskedFor(tables.sockets, cheap);
  const isAskedForAtLast = isAskedFor(tables.sockets, query.where);

  /** @param note told of every socket that may be one of those asked for; which of them are is known at the end */
  function* readOnce(note: (socket: Socket) => void): Generator<Read, Looked> {
    until = performance.now() + milliseconds;
    const sorted = createSortedRows(tables.sockets, query);
    const isWhole = yield* readTables(socket => {
      const row = view.show(socket);
      // Met by this reading: what is in none of the tables has been closed.
      if (socket.inode !== undefined && socket.inode !== 0) holders?.owners.ownerOf(socket.inode);
      ageOf(socket);
      if (!isCheaplyAskedFor(row)) return;
      note(socket);
      if (wantedProgram === undefined || isAskedForAtLast(row)) sorted.offer(row);
    });
    return { shown: sorted.rows(), isWhole };
  }

  let unknown = 0;
  let looked = yield* readOnce(({ state, inode = 0 }) => {
    rows.add(inode, cells.of(state), false);
    if (inode !== 0 && holders?.owners.ownerOf(inode) === NO_HOLDER) unknown++;
  });

  const byState = createCounter();
  let matched = 0;
  let byProgram: Counter | undefined;
  if (holders === undefined) {
    // Where nobody looks whose the sockets are, none is known to be of the program.
    if (wantedProgram === undefined) matched = rows.length();
    for (let row = 0; row < matched; row++) byState.add(cells.state(rows.cell(row)));
  } else {
    const namesUntil = findHolders([rows], holders.owners, milliseconds);
    const { programs, programOf } = attribute(rows, holders.owners, holders.names, namesUntil);
    byProgram = createCounter();
    let stillUnknown = 0;
    for (let row = 0; row < rows.length(); row++) {
      const program = programs[programOf(rows.holder(row))] ?? NO_PROGRAM;
      if (rows.inode(row) !== 0 && rows.holder(row) === NO_HOLDER) stillUnknown++;
      if (wantedProgram !== undefined && !isProgram(program, wantedProgram)) continue;
      matched++;
      byState.add(cells.state(rows.cell(row)));
      byProgram.add(program);
    }
    const dependsOnHolder = wantedProgram !== undefined || holderColumns.includes(query.sort?.by);
    if (dependsOnHolder && stillUnknown < unknown) looked = yield* readOnce(() => undefined);
  }
  until = performance.now() + milliseconds;
  const told = looked.shown.map(row => (row.pid === undefined ? { ...row, ...holderOf(row.inode) } : row));
  // What is forgotten was in no table for long: one that could not be read may hold it all the same.
  if (!isPart && looked.isWhole) {
    mayLook?.owners.end();
    closeWaitSince.end();
  }
  return {
    rows: { sockets: told },
    matched,
    counts: {
      state: byState.counts(),
      ...(byProgram !== undefined && { program: byProgram.counts() }),
    },
  };
}

/** A name is looked up once for a page, however many rows have it. */
const once = (userName: (uid: number) => string): ((uid: number) => string) => {
  const known = new Map<number, string>();
  return uid => {
    const name = known.get(uid) ?? userName(uid);
    known.set(uid, name);
    return name;
  };
};

const isProgram = (program: string, wanted: string): boolean =>
  program === wanted || (program === NO_PROGRAM && wanted === NOBODY);

/** A number for each state that is met, which is what a row keeps of it. */
const createCells = (addCells: (states: number) => number) => {
  const cells = new Map<string, number>();
  const states: string[] = [];
  return {
    of(state: string): number {
      const known = cells.get(state);
      if (known !== undefined) return known;
      const cell = addCells(1);
      cells.set(state, cell);
      states[cell] = state;
      return cell;
    },
    state: (cell: number): string => states[cell] ?? '',
  };
};
