/**
 * The thread in which kernel files are read and folded: reading them synchronously costs half as much as
 * doing it through the event loop, and here it keeps nobody waiting. Each outcome is handed over as soon as it is
 * there.
 */
import { parentPort, workerData } from 'node:worker_threads';
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

export interface Request {
  readonly id: number;
  readonly collectors: readonly string[];
  /** One 32-bit word: not zero when nobody waits for this reading any more. */
  readonly abandoned: SharedArrayBuffer;
}

export type Reply =
  | { readonly id: number; readonly collector: string; readonly outcome: Outcome }
  | { readonly id: number; readonly collector?: undefined };

const { places, machine } = workerData as ReaderSettings;
const memoryOf = createMemories();
let abandoned = new Int32Array(new SharedArrayBuffer(4));

const proceed = (): void => {
  if (Atomics.load(abandoned, 0) !== 0) throw new Abandoned('nobody waits for the result any more');
};

parentPort?.on('message', (request: Request) => {
  abandoned = new Int32Array(request.abandoned);
  const reply = (message: Reply): void => parentPort?.postMessage(message);
  const source = directory(places, machine, proceed);
  for (const collector of collectors) {
    if (!request.collectors.includes(collector.name)) continue;
    const outcome = readCollector(collector, source, memoryOf(collector.name));
    reply({ id: request.id, collector: collector.name, outcome });
  }
  reply({ id: request.id });
});
