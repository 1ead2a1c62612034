/** The listening sockets of one reading: their accept queues by address, port and program. */
import type { Memory } from '../collectors/collector.ts';
import type { ListenerCount } from '../collectors/owned-sockets.ts';

/** Listening sockets that one reading tells apart; of others nothing is told. */
const LISTENERS_LIMIT = 16_384;

const SEPARATOR = '\0';

export interface ListenerTally {
  readonly add: (inode: number, listener: Omit<ListenerCount, 'program'>) => void;
  /** Returns what takes back all that is added from now on. */
  readonly checkpoint: () => () => void;
  /** Those that share address, port and program added up; the longest queues, and how many others there are. */
  readonly end: (
    programOf: (inode: number) => string,
    largest: ReturnType<Memory['largest']>,
    top: number,
  ) => { readonly listeners: readonly ListenerCount[]; readonly folded: number };
}

export const listenerTally = (): ListenerTally => {
  const sockets: (Omit<ListenerCount, 'program'> & { readonly inode: number })[] = [];
  let beyondLimit = 0;

  return {
    add(inode, listener) {
      if (sockets.length === LISTENERS_LIMIT) beyondLimit++;
      else sockets.push({ ...listener, inode });
    },
    checkpoint() {
      const before = { sockets: sockets.length, beyondLimit };
      return () => {
        sockets.length = before.sockets;
        ({ beyondLimit } = before);
      };
    },
    end(programOf, largest, top) {
      const listeners = new Map<string, ListenerCount>();
      for (const { inode, family, address, port, queueLength, queueLimit } of sockets) {
        const program = programOf(inode);
        const key = [family, address, port, program].join(SEPARATOR);
        const known = listeners.get(key);
        const length = queueLength + (known?.queueLength ?? 0);
        const limit = known === undefined ? queueLimit : sumOf(queueLimit, known.queueLimit);
        listeners.set(key, { family, address, port, program, queueLength: length, queueLimit: limit });
      }
      // One with an empty queue counts as well, or it would be as good as none.
      const lengths = [...listeners].map(([key, { queueLength }]) => [key, queueLength + 1] as const);
      const chosen = new Set(largest(lengths, top));
      return {
        listeners: [...listeners].filter(([key]) => chosen.has(key)).map(([, each]) => each),
        folded: listeners.size - chosen.size + beyondLimit,
      };
    },
  };
};

const sumOf = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;
