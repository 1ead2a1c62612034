/**
 * The sockets of one reading, a column for each number of them, without an object for any. The columns are used again by the next
 * reading: anew each time, they would make more work for the garbage collector than all that is done with them.
 */

/** What is beyond is counted as nobody's: the columns take 20 MB then. */
export const ROWS_LIMIT = 2_000_000;

/** There are many namespaces, and few sockets in most of them. */
const FIRST_LENGTH = 128;
/** Columns that are longer than so many times what they hold are given back. */
const TOO_LONG = 8;
const UNREAD = 0x8000;
/** Of all columns together. */
const ROW_BYTES = 10;

interface Columns {
  readonly inodes: Uint32Array;
  readonly cells: Uint16Array;
  /** Numbers of the holders, as the owners count them; -1 where there is none. */
  readonly holders: Int32Array;
}

export interface SocketRows {
  /** Begins a reading. */
  readonly clear: () => void;
  /** Room for the states of one more table. Returns the cell of the first. */
  readonly addCells: (states: number) => number;
  readonly cells: () => number;
  readonly add: (inode: number, cell: number, unread: boolean) => void;
  /** Returns what takes back all that is added from now on. */
  readonly checkpoint: () => () => void;
  readonly length: () => number;
  readonly inode: (row: number) => number;
  readonly cell: (row: number) => number;
  readonly unread: (row: number) => boolean;
  readonly holder: (row: number) => number;
  readonly setHolder: (row: number, holder: number) => void;
  /** Cells of the sockets for which there was no room, each as often as it had one. */
  readonly beyondLimit: () => ReadonlyMap<number, number>;
  readonly bytes: () => number;
}

export const createSocketRows = (): SocketRows => {
  let columns = columnsOf(FIRST_LENGTH);
  let cellCount = 0;
  let length = 0;
  const beyondLimit = new Map<number, number>();

  const lengthen = (): void => {
    const longer = columnsOf(Math.min(length * 2, ROWS_LIMIT));
    longer.inodes.set(columns.inodes);
    longer.cells.set(columns.cells);
    columns = longer;
  };

  return {
    clear() {
      const { inodes } = columns;
      if (inodes.length > FIRST_LENGTH && inodes.length > length * TOO_LONG)
        columns = columnsOf(FIRST_LENGTH);
      cellCount = 0;
      length = 0;
      beyondLimit.clear();
    },
    addCells(states) {
      const first = cellCount;
      cellCount += states;
      return first;
    },
    cells: () => cellCount,
    add(inode, cell, unread) {
      if (length === ROWS_LIMIT) {
        beyondLimit.set(cell, (beyondLimit.get(cell) ?? 0) + 1);
        return;
      }
      if (length === columns.inodes.length) lengthen();
      columns.inodes[length] = inode;
      columns.cells[length] = unread ? cell | UNREAD : cell;
      length++;
    },
    checkpoint() {
      const before = { cellCount, length, beyondLimit: [...beyondLimit] };
      return () => {
        ({ cellCount, length } = before);
        beyondLimit.clear();
        for (const [cell, sockets] of before.beyondLimit) beyondLimit.set(cell, sockets);
      };
    },
    length: () => length,
    inode: row => columns.inodes[row] ?? 0,
    cell: row => (columns.cells[row] ?? 0) & ~UNREAD,
    unread: row => ((columns.cells[row] ?? 0) & UNREAD) !== 0,
    holder: row => columns.holders[row] ?? 0,
    setHolder(row, holder) {
      columns.holders[row] = holder;
    },
    beyondLimit: () => beyondLimit,
    bytes: () => columns.inodes.length * ROW_BYTES,
  };
};

const columnsOf = (length: number): Columns => ({
  inodes: new Uint32Array(length),
  cells: new Uint16Array(length),
  holders: new Int32Array(length),
});
