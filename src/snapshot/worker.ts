/**
 * The thread in which kernel files are read and folded: reading them synchronously costs half as much as
 * doing it through the event loop, and here it keeps nobody waiting. Outcomes are put into a port of their own
 * before the next file is opened, for whoever looks before the reading is finished.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { loadNetlink } from '../procfs/netlink.ts';
import type { Outcome } from './outcome.ts';
import { Abandoned } from './read.ts';
import { createReading, wantsNetlink, type ReaderSettings } from './reading.ts';
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

export interface Reply {
  readonly id: number;
  readonly outcomes: readonly (readonly [collector: string, outcome: Outcome])[];
}

/** Posted when the reading with this id is finished. */
export type Finished = number;

const { outcomes, ...settings } = workerData as Start;
const netlink = wantsNetlink(settings) ? await loadNetlink(settings.machine.byteOrder) : undefined;
const readAll = createReading(settings, netlink);

const read = (request: Request): void => {
  const shared = new Int32Array(request.shared);
  let ready: (readonly [collector: string, outcome: Outcome])[] = [];
  const deliver = (): void => {
    if (ready.length === 0) return;
    const reply: Reply = { id: request.id, outcomes: ready };
    outcomes.postMessage(reply);
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

parentPort?.on('message', (request: Request) => {
  read(request);
  const finished: Finished = request.id;
  parentPort?.postMessage(finished);
});
