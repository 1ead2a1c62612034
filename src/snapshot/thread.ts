/** A thread that reads kernel files, seen from outside: asked for collectors, it delivers their outcomes. */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Outcome } from './outcome.ts';
import { PAGE } from './page-reading.ts';
import { isTurnOver, nextTurn } from './pieces.ts';
import type { ReaderSettings } from './reading.ts';
import { ABANDONED, PIECES, SHARED_WORDS } from './shared-words.ts';
import type { TableQuery } from './table-page.ts';
import type { Finished, Reconfiguration, Reply, Request, Start } from './worker.ts';

/** The thread's heap; beyond it the thread ends, its readings fail, and the next one starts another. */
const HEAP_LIMIT_MEGABYTES = 64;
const YOUNG_HEAP_LIMIT_MEGABYTES = 4;

/** Readings that wait for the thread; a kernel file that never answers must not pile them up. */
const PENDING_LIMIT = 64;

/** A reading that has not come to its next piece of a file so long after somebody's time was up will not do so soon. */
const STUCK_AFTER_MILLISECONDS = 1000;
/** How often it is seen whether such a reading has come on. */
const WATCH_MILLISECONDS = 200;

/** A reading under way. */
export interface Reading {
  readonly finished: Promise<void>;
  /** The outcomes that are there by now. */
  readonly outcomes: () => ReadonlyMap<string, Outcome>;
  /** Somebody's time was up before it was finished. */
  readonly late: () => void;
  /** Ends the reading at its next piece of a file. */
  readonly abandon: () => void;
}

export interface ReadingThread {
  /** @param query for rows in place of counts */
  readonly read: (collectors: readonly string[], query?: TableQuery) => Reading;
  /** Readings that are asked for from now on are by these settings, and remember what those before them did. */
  readonly configure: (settings: ReaderSettings) => void;
  /** The collector whose file has not answered long after somebody gave up waiting for it; `PAGE` where one was to be read again. */
  readonly stuckAt: () => string | undefined;
  /** Resolves when the reading under way is finished. */
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Pending {
  /** And `PAGE` at last, where rows are asked for. */
  readonly collectors: readonly string[];
  readonly outcomes: Map<string, Outcome>;
  readonly finished: Promise<void>;
  readonly finish: () => void;
  /** Whether it has not come on for long since somebody's time was up. */
  readonly isStuck: () => boolean;
}

interface Thread {
  readonly worker: Worker;
  readonly outcomes: MessagePort;
}

export const startThread = (settingsAtFirst: ReaderSettings): ReadingThread => {
  let settings = settingsAtFirst;
  const pending = new Map<number, Pending>();
  let thread: Thread | undefined;
  let lastId = 0;

  const takeNext = ({ outcomes: port }: Thread): boolean => {
    const delivered = receiveMessageOnPort(port);
    if (delivered === undefined) return false;
    const { id, collector, outcome } = delivered.message as Reply;
    pending.get(id)?.outcomes.set(collector, outcome);
    return true;
  };

  /** Done when somebody looks: waking this thread for every outcome would cost more than most of them. */
  const takeDelivered = (from: Thread): void => {
    while (takeNext(from));
  };

  /** What some hundred namespaces told takes long to be read. */
  const takeInTurns = async (from: Thread): Promise<void> => {
    while (takeNext(from)) if (isTurnOver(0)) await nextTurn();
  };

  const lose = (lost: Thread, message: string): void => {
    if (thread !== lost) return;
    takeDelivered(lost);
    thread = undefined;
    for (const { collectors, outcomes, finish } of pending.values()) {
      for (const name of collectors) {
        if (outcomes.has(name)) continue;
        outcomes.set(name, { status: 'failed', reason: 'internal', message, seconds: 0 });
      }
      finish();
    }
    pending.clear();
  };

  const start = (): Thread => {
    const { port1, port2 } = new MessageChannel();
    const workerData: Start = { ...settings, outcomes: port2 };
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData,
      transferList: [port2],
      resourceLimits: {
        maxOldGenerationSizeMb: HEAP_LIMIT_MEGABYTES,
        maxYoungGenerationSizeMb: YOUNG_HEAP_LIMIT_MEGABYTES,
      },
    });
    const started = { worker, outcomes: port1 };
    worker.on('message', (id: Finished) => {
      void takeInTurns(started).then(() => {
        pending.get(id)?.finish();
        pending.delete(id);
      });
    });
    worker.on('error', error => {
      lose(started, `the reading thread failed: ${error instanceof Error ? error.message : String(error)}`);
    });
    worker.on('exit', () => {
      lose(started, 'the reading thread ended');
    });
    // The servers keep the process alive, not the thread that serves them.
    worker.unref();
    return started;
  };

  thread = start();

  return {
    read(collectors, query) {
      if (pending.size === PENDING_LIMIT) return refused(collectors);
      const current = (thread ??= start());
      const id = ++lastId;
      const shared = new Int32Array(new SharedArrayBuffer(SHARED_WORDS * Int32Array.BYTES_PER_ELEMENT));
      /** Watched from when somebody's time was up. */
      let cameOn: { readonly at: number; readonly pieces: number } | undefined;
      const { promise: finished, resolve: finish } = promiseAndResolve();
      const outcomes = new Map<string, Outcome>();
      const awaited = query === undefined ? collectors : [...collectors, PAGE];
      const isStuck = (): boolean =>
        cameOn !== undefined && pending.has(id) && performance.now() - cameOn.at >= STUCK_AFTER_MILLISECONDS;
      pending.set(id, { collectors: awaited, outcomes, finished, finish, isStuck });
      const request: Request = { id, collectors, query, shared: shared.buffer };
      current.worker.postMessage(request);
      const look = (): void => {
        const pieces = Atomics.load(shared, PIECES);
        if (pieces !== cameOn?.pieces) cameOn = { at: performance.now(), pieces };
      };
      const becomeLate = (): void => {
        if (cameOn !== undefined) return;
        look();
        const watch = setInterval(look, WATCH_MILLISECONDS).unref();
        void finished.then(() => {
          clearInterval(watch);
        });
      };
      return {
        finished,
        outcomes() {
          takeDelivered(current);
          return outcomes;
        },
        late: becomeLate,
        abandon() {
          becomeLate();
          Atomics.store(shared, ABANDONED, 1);
        },
      };
    },
    configure(next) {
      settings = next;
      const reconfiguration: Reconfiguration = { settings };
      thread?.worker.postMessage(reconfiguration);
    },
    stuckAt() {
      const [oldest] = pending.values();
      if (thread === undefined || oldest?.isStuck() !== true) return undefined;
      takeDelivered(thread);
      return oldest.collectors.find(name => !oldest.outcomes.has(name));
    },
    async idle() {
      const [oldest] = pending.values();
      await oldest?.finished;
    },
    async close() {
      await thread?.worker.terminate();
    },
  };
};

const promiseAndResolve = (): { promise: Promise<void>; resolve: () => void } => {
  let resolve = (): void => undefined;
  const promise = new Promise<void>(each => {
    resolve = each;
  });
  return { promise, resolve };
};

const refused = (collectors: readonly string[]): Reading => {
  const message = `${PENDING_LIMIT} readings wait for one that does not end`;
  const outcome: Outcome = { status: 'failed', reason: 'deadline', message, seconds: 0 };
  const outcomes = new Map(collectors.map(name => [name, outcome]));
  return {
    finished: Promise.resolve(),
    outcomes: () => outcomes,
    late: () => undefined,
    abandon: () => undefined,
  };
};
