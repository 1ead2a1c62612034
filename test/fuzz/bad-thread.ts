/** In place of the thread that fuzzes: one input never ends, one takes all memory, one ends the thread. */
import { workerData } from 'node:worker_threads';
import { CURRENT, type Work } from './work.ts';

export const HANGS = 3;
export const TAKES_ALL_MEMORY = 5;
export const THROWS = 7;

const tryInput = (number: number): void => {
  const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  if (number === HANGS) Atomics.wait(never, 0, 0);
  if (number === THROWS) throw new Error('thrown on purpose');
  const taken: unknown[] = [];
  while (number === TAKES_ALL_MEMORY) taken.push(new Array(1000).fill(number));
};

const work = ({ from, to, words }: Work): void => {
  for (let number = from; number < to; number++) {
    Atomics.store(words, CURRENT, number);
    tryInput(number);
  }
};

if (workerData !== null) work(workerData as Work);
