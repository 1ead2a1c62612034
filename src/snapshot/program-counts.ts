/** The sockets of one reading by program and state: the largest programs apart, the others together. */
import type { Memory } from '../collectors/collector.ts';
import {
  NO_PROGRAM,
  OTHER_PROGRAMS,
  type EmptiedCell,
  type ProgramCounts,
  type SocketTable,
} from '../collectors/owned-sockets.ts';
import { roomBeside } from '../collectors/sockets/by-key.ts';
import type { Attribution } from './attribution.ts';
import type { SocketRows } from './socket-rows.ts';

export interface CountsByProgram {
  readonly counts: readonly ProgramCounts[];
  /** How many programs are among the others. */
  readonly folded: number;
}

/** @param top how many programs are told apart, the sockets of no program counting as one */
export const countByProgram = (
  rows: SocketRows,
  { programs, programOf }: Attribution,
  largest: ReturnType<Memory['largest']>,
  top: number,
): CountsByProgram => {
  const totals = new Uint32Array(programs.length);
  for (let row = 0; row < rows.length(); row++) increase(totals, programOf(rows.holder(row)), 1);
  const named = programs.map((name, i) => [name, totals[i] ?? 0] as const).slice(1);
  const chosen = [NO_PROGRAM, ...largest(named, top - 1)];

  const others = chosen.length;
  const placeByName = new Map(chosen.map((name, place) => [name, place]));
  const placeOf = Uint32Array.from(programs, name => placeByName.get(name) ?? others);
  const cells = rows.cells();
  const sockets = new Uint32Array((others + 1) * cells);
  for (let row = 0; row < rows.length(); row++) {
    increase(sockets, (placeOf[programOf(rows.holder(row))] ?? others) * cells + rows.cell(row), 1);
  }
  for (const [cell, count] of rows.beyondLimit()) increase(sockets, cell, count);
  return {
    counts: [...chosen, OTHER_PROGRAMS].map((program, place) => ({
      program,
      sockets: Array.from(sockets.subarray(place * cells, (place + 1) * cells)),
    })),
    folded: programs.length - chosen.length,
  };
};

/** What was above zero a short while ago and is not now: for programs that are told, and as far as there is room for others. */
export const emptiedCells = (
  tables: readonly SocketTable[],
  counts: readonly ProgramCounts[],
  programs: readonly string[],
  lately: Memory['lately'],
  top: number,
): readonly EmptiedCell[] => {
  const there = new Set(programs);
  const mayBeTold = roomBeside(
    counts.map(({ program }) => program),
    program => there.has(program),
    // The others are told as well.
    top + 1,
  );
  return tables.flatMap(({ family, protocol, states, untold, base }) =>
    states.flatMap((state, i) => {
      if (state === untold) return [];
      const cell = base + i;
      const above = counts.filter(({ sockets }) => (sockets[cell] ?? 0) > 0).map(({ program }) => program);
      return lately(`${family} ${protocol} ${state}`)(above)
        .filter(mayBeTold)
        .map(program => ({ program, cell }));
    }),
  );
};

const increase = (numbers: Uint32Array, at: number, amount: number): void => {
  numbers[at] = (numbers[at] ?? 0) + amount;
};
