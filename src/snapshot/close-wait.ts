/** The CLOSE_WAIT sockets of one reading, added up by program. */
import type { Memory } from '../collectors/collector.ts';
import {
  closeWaitAges,
  NO_PROGRAM,
  OTHER_PROGRAMS,
  type ProgramCloseWait,
} from '../collectors/owned-sockets.ts';

export interface CloseWaitTally {
  /** @param ageSeconds undefined where nothing tells this socket from another */
  readonly socket: (program: string, unread: boolean, ageSeconds: number | undefined) => void;
  /** The share of its descriptors that one process of the program has in such sockets. */
  readonly process: (program: string, descriptorRatio: number) => void;
  /** At most so many programs, the others added up, and those that had such sockets a short while ago. */
  readonly end: (memory: Pick<Memory, 'lately' | 'largest'>, top: number) => readonly ProgramCloseWait[];
}

interface Sums {
  unread: number;
  read: number;
  oldestSeconds: number | undefined;
  readonly olderThan: number[];
  descriptorRatio: number | undefined;
}

export const closeWaitTally = (): CloseWaitTally => {
  const byProgram = new Map<string, Sums>();

  const sumsOf = (program: string): Sums => {
    const known = byProgram.get(program) ?? noSockets();
    byProgram.set(program, known);
    return known;
  };

  return {
    socket(program, unread, ageSeconds) {
      const sums = sumsOf(program);
      if (unread) sums.unread++;
      else sums.read++;
      if (ageSeconds === undefined) return;
      sums.oldestSeconds = greater(sums.oldestSeconds, ageSeconds);
      closeWaitAges.forEach((limit, i) => {
        if (ageSeconds > limit) sums.olderThan[i] = (sums.olderThan[i] ?? 0) + 1;
      });
    },
    process(program, descriptorRatio) {
      const sums = sumsOf(program);
      sums.descriptorRatio = greater(sums.descriptorRatio, descriptorRatio);
    },
    end({ lately, largest }, top) {
      const totals = [...byProgram]
        .filter(([program]) => program !== NO_PROGRAM)
        .map(([program, { unread, read }]) => [program, unread + read] as const);
      const chosen = [NO_PROGRAM, ...largest('CLOSE_WAIT')(totals, top - 1)].filter(each =>
        byProgram.has(each),
      );
      const told = chosen.map(program => ({ program, ...sumsOf(program) }));

      const rest = [...byProgram].filter(([program]) => !chosen.includes(program));
      const others =
        rest.length === 0 ? [] : [{ program: OTHER_PROGRAMS, ...rest.map(([, sums]) => sums).reduce(both) }];
      const relieved = lately('CLOSE_WAIT')(chosen)
        .filter(program => !byProgram.has(program))
        .slice(0, Math.max(0, top - chosen.length))
        .map(program => ({ program, ...noSockets(), oldestSeconds: 0, descriptorRatio: 0 }));
      return [...told, ...others, ...relieved];
    },
  };
};

const noSockets = (): Sums => ({
  unread: 0,
  read: 0,
  oldestSeconds: undefined,
  olderThan: closeWaitAges.map(() => 0),
  descriptorRatio: undefined,
});

const both = (a: Sums, b: Sums): Sums => ({
  unread: a.unread + b.unread,
  read: a.read + b.read,
  oldestSeconds: greater(a.oldestSeconds, b.oldestSeconds),
  olderThan: a.olderThan.map((sockets, i) => sockets + (b.olderThan[i] ?? 0)),
  descriptorRatio: greater(a.descriptorRatio, b.descriptorRatio),
});

const greater = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
