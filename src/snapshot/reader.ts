/** The reading thread, seen from outside: asked for collectors, it delivers outcomes one by one. */
import { Worker } from 'node:worker_threads';
import type { Outcome } from './outcome.ts';
import type { ReaderSettings, Reply, Request } from './worker.ts';

/** The thread's heap; beyond it the thread ends, its readings fail, and the next one starts another. */
const HEAP_LIMIT_MEGABYTES = 64;
const YOUNG_HEAP_LIMIT_MEGABYTES = 8;

/** A reading under way. */
export interface Reading {
  /** Grows as collectors finish. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly finished: Promise<void>;
  /** Ends the reading at its next piece of a file. */
  abandon(): void;
}

export interface Reader {
  read(collectors: readonly string[]): Reading;
  close(): Promise<void>;
}

interface Pending {
  readonly outcomes: Map<string, Outcome>;
  readonly collectors: readonly string[];
  finish(): void;
}

export const startReader = (settings: ReaderSettings): Reader => {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;

  const receive = (reply: Reply): void => {
    const reading = pending.get(reply.id);
    if (reading === undefined) return;
    if (reply.collector === undefined) {
      pending.delete(reply.id);
      reading.finish();
    } else {
      reading.outcomes.set(reply.collector, reply.outcome);
    }
  };

  const lose = (message: string): void => {
    worker = undefined;
    for (const { outcomes, collectors, finish } of pending.values()) {
      for (const name of collectors) {
        if (!outcomes.has(name)) {
          outcomes.set(name, { status: 'failed', reason: 'internal', message, seconds: 0 });
        }
      }
      finish();
    }
    pending.clear();
  };

  const start = (): Worker => {
    const started = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: settings,
      resourceLimits: {
        maxOldGenerationSizeMb: HEAP_LIMIT_MEGABYTES,
        maxYoungGenerationSizeMb: YOUNG_HEAP_LIMIT_MEGABYTES,
      },
    });
    started.on('message', receive);
    started.on('error', error => {
      lose(`the reading thread failed: ${error instanceof Error ? error.message : String(error)}`);
    });
    started.on('exit', () => {
      if (worker === started) lose('the reading thread ended');
    });
    // The servers keep the process alive, not the thread that serves them.
    started.unref();
    return started;
  };

  return {
    read(collectors) {
      worker ??= start();
      const id = ++lastId;
      const abandoned = new Int32Array(new SharedArrayBuffer(4));
      const outcomes = new Map<string, Outcome>();
      const finished = new Promise<void>(finish => {
        pending.set(id, { outcomes, collectors, finish });
      });
      const request: Request = { id, collectors, abandoned: abandoned.buffer };
      worker.postMessage(request);
      return {
        outcomes,
        finished,
        abandon() {
          Atomics.store(abandoned, 0, 1);
        },
      };
    },
    async close() {
      await worker?.terminate();
    },
  };
};
