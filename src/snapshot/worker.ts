/**
 * The thread in which kernel files are read and folded: reading them synchronously costs half as much as
 * doing it through the event loop, and here it keeps nobody waiting. Outcomes are put into a port of their own
 * before the next file is opened, for whoever looks before the reading is finished.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { loadNetlink } from '../procfs/netlink.ts';
import type { Outcome } from './outcome.ts';
import { Abandoned } from './read.ts';
import { createReading, rememberNothing, wantsNetlink, type ReaderSettings } from './reading.ts';
import { ABANDONED, PIECES } from './shared-words.ts';
import type { TableQuery } from './table-page.ts';

/** What the thread is started with. */
export interface Start extends ReaderSettings {
  /** Where to put the outcomes, each as a `Reply`. */
  readonly outcomes: MessagePort;
}

export interface Request {
  readonly id: number;
  readonly collectors: readonly string[];
  /** Undefined where counts are asked for, and not rows. */
  readonly query: TableQuery | undefined;
  readonly shared: SharedArrayBuffer;
}

/** One for each outcome, so that the main thread need not read all of them at once. */
export interface Reply {
  readonly id: number;
  readonly collector: string;
  readonly outcome: Outcome;
}

/** Posted when the reading with this id is finished. */
export type Finished = number;

/** Posted when the settings are others from now on. */
export interface Reconfiguration {
  readonly settings: ReaderSettings;
}

const { outcomes, ...atFirst } = workerData as Start;
const remembered = rememberNothing(atFirst);

const configured = async (settings: ReaderSettings): Promise<ReturnType<typeof createReading>> => {
  const netlink = wantsNetlink(settings) ? await loadNetlink(settings.machine.byteOrder) : undefined;
  return createReading(settings, netlink, remembered);
};

let readAll = await configured(atFirst);

const read = (request: Request): void => {
  const shared = new Int32Array(request.shared);
  let ready: (readonly [collector: string, outcome: Outcome])[] = [];
  const deliver = (): void => {
    for (const [collector, outcome] of ready) {
      const reply: Reply = { id: request.id, collector, outcome };
      outcomes.postMessage(reply);
    }
    ready = [];
  };
  const proceed = (): void => {
    deliver();
    Atomics.add(shared, PIECES, 1);
    if (Atomics.load(shared, ABANDONED) !== 0) throw new Abandoned('nobody waits for the result any more');
  };
  for (const outcome of readAll(request.collectors, proceed, request.query)) ready.push(outcome);
  deliver();
};

/** What came while other settings are being prepared, in its order. */
let held: (Request | Reconfiguration)[] | undefined;

const reconfigure = async ({ settings }: Reconfiguration): Promise<void> => {
  held = [];
  readAll = await configured(settings);
  const messages = held;
  // Not in a promise: a thread that waits for a file there cannot be ended.
  setImmediate(() => {
    held = undefined;
    messages.forEach(take);
  });
};

const take = (message: Request | Reconfiguration): void => {
  if (held !== undefined) {
    held.push(message);
  } else if ('settings' in message) {
    void reconfigure(message);
  } else {
    read(message);
    const finished: Finished = message.id;
    parentPort?.postMessage(finished);
  }
};

parentPort?.on('message', take);
