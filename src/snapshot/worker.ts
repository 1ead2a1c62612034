/**
 * The thread in which kernel files are read and folded: reading them synchronously costs half as much as
 * doing it through the event loop, and here it keeps nobody waiting. Outcomes are put into a port of their own
 * before the next file is opened, for whoever looks before the reading is finished.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { collectors } from '../collectors/index.ts';
import { directory, type Places } from '../procfs/source.ts';
import type { Machine } from '../text/machine.ts';
import { createMemories } from './memory.ts';
import type { Outcome } from './outcome.ts';
import { Abandoned, readCollector } from './read.ts';

export interface ReaderSettings {
  readonly places: Places;
  readonly machine: Machine;
}

/** What the thread is started with. */
export interface Start extends ReaderSettings {
  /** Where to put the outcomes, each as a `Reply`. */
  readonly outcomes: MessagePort;
}

export interface Request {
  readonly id: number;
  readonly collectors: readonly string[];
  /** One 32-bit word: not zero when nobody waits for this reading any more. */
  readonly abandoned: SharedArrayBuffer;
}

export interface Reply {
  readonly id: number;
  readonly outcomes: readonly (readonly [collector: string, outcome: Outcome])[];
}

/** Posted when the reading with this id is finished. */
export type Finished = number;

const { places, machine, outcomes } = workerData as Start;
const memoryOf = createMemories();

const read = (request: Request): void => {
  const abandoned = new Int32Array(request.abandoned);
  let ready: [collector: string, outcome: Outcome][] = [];
  const deliver = (): void => {
    if (ready.length === 0) return;
    const reply: Reply = { id: request.id, outcomes: ready };
    outcomes.postMessage(reply);
    ready = [];
  };
  const source = directory(places, machine, () => {
    deliver();
    if (Atomics.load(abandoned, 0) !== 0) throw new Abandoned('nobody waits for the result any more');
  });
  for (const collector of collectors) {
    if (!request.collectors.includes(collector.name)) continue;
    const outcome = readCollector(collector, source, memoryOf(collector.name));
    ready.push([collector.name, outcome]);
  }
  deliver();
};

parentPort?.on('message', (request: Request) => {
  read(request);
  const finished: Finished = request.id;
  parentPort?.postMessage(finished);
});
