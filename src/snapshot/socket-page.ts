/**
 * A page of sockets. Whose they are is known of those that an earlier reading met; for others the holders are looked for, once all
 * tables are read. When a program is asked for by name and some of the sockets turn out to be its own only then, the tables are
 * read once more, which costs less than to keep a hundred thousand rows.
 */
import { NO_PROGRAM } from '../collectors/owned-sockets.ts';
import type { Socket } from '../collectors/rows.ts';
import { attribute } from './attribution.ts';
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
}

const NO_HOLDER = -1;

type Told = Pick<ShownSocket, 'pid' | 'program' | 'command'>;

/**
 * @param readTables hands over the sockets of all tables
 * @param milliseconds to look for holders
 */
export const takeSocketPage = (
  query: TableQuery,
  readTables: (offer: (socket: Socket) => void) => void,
  { holders: mayLook, closeWaitSince, userName }: SocketPageMemory,
  milliseconds: number,
): Pick<TablePage, 'rows' | 'matched' | 'counts'> => {
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

  const view = createSocketView({ userOf: userName, holderOf, ageOf });
  const isCheaplyAskedFor = isAskedFor(tables.sockets, cheap);
  const isAskedForAtLast = isAskedFor(tables.sockets, query.where);

  /** @param note told of every socket that may be one of those asked for; which of them are is known at the end */
  const readOnce = (note: (socket: Socket) => void): readonly ShownSocket[] => {
    until = performance.now() + milliseconds;
    const sorted = createSortedRows(tables.sockets, query);
    readTables(socket => {
      const row = view.show(socket);
      // Met by this reading: what is in none of the tables has been closed.
      if (socket.inode !== undefined && socket.inode !== 0) holders?.owners.ownerOf(socket.inode);
      ageOf(socket);
      if (!isCheaplyAskedFor(row)) return;
      note(socket);
      if (wantedProgram === undefined || isAskedForAtLast(row)) sorted.offer(row);
    });
    return sorted.rows();
  };

  let unknown = 0;
  let shown = readOnce(({ state, inode = 0 }) => {
    rows.add(inode, cells.of(state), false);
    if (inode !== 0 && holders?.owners.ownerOf(inode) === NO_HOLDER) unknown++;
  });

  const byState = createCounter();
  let matched = rows.length();
  let byProgram: Counter | undefined;
  if (holders === undefined) {
    for (let row = 0; row < rows.length(); row++) byState.add(cells.state(rows.cell(row)));
  } else {
    const { programs } = attribute(rows, holders.owners, holders.names, milliseconds);
    byProgram = createCounter();
    matched = 0;
    let stillUnknown = 0;
    for (let row = 0; row < rows.length(); row++) {
      const program = programs[rows.program(row)] ?? NO_PROGRAM;
      if (rows.inode(row) !== 0 && rows.holder(row) === NO_HOLDER) stillUnknown++;
      if (wantedProgram !== undefined && !isProgram(program, wantedProgram)) continue;
      matched++;
      byState.add(cells.state(rows.cell(row)));
      byProgram.add(program);
    }
    const dependsOnProgram = wantedProgram !== undefined || query.sort?.by === 'program';
    if (dependsOnProgram && stillUnknown < unknown) shown = readOnce(() => undefined);
  }
  until = performance.now() + milliseconds;
  const told = shown.map(row => (row.pid === undefined ? { ...row, ...holderOf(row.inode) } : row));
  mayLook?.owners.end();
  closeWaitSince.end();
  return {
    rows: { sockets: told },
    matched,
    counts: {
      state: byState.counts(),
      ...(byProgram !== undefined && { program: byProgram.counts() }),
    },
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
