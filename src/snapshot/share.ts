/**
 * Askers of the same collectors, or of the same rows, share the reading that is under way; it goes on while one of them waits. Nobody
 * joins one that was late for somebody: askers who come before the last has left would hold on to it for ever.
 */
import type { Reader, Reading } from './reader.ts';
import type { TableQuery } from './table-page.ts';

export interface SharedReading {
  readonly reading: Reading;
  /** To be called once by every asker, when it has what it wanted or gave up. */
  readonly leave: () => void;
}

export const shareReadings = (
  reader: Reader,
): ((collectors: readonly string[], query?: TableQuery) => SharedReading) => {
  const underWay = new Map<string, { reading: Reading; waiting: number; isFinished: boolean }>();

  return (collectors, query) => {
    const key = query === undefined ? collectors.join() : JSON.stringify([collectors, query]);
    const shared = underWay.get(key) ?? {
      reading: reader.read(collectors, query),
      waiting: 0,
      isFinished: false,
    };
    if (shared.waiting === 0) {
      underWay.set(key, shared);
      void shared.reading.finished.then(() => {
        shared.isFinished = true;
        forget();
      });
    }
    shared.waiting++;

    const forget = (): void => {
      if (underWay.get(key) === shared) underWay.delete(key);
    };

    return {
      reading: shared.reading,
      leave() {
        shared.waiting--;
        forget();
        if (shared.isFinished) return;
        shared.reading.late();
        if (shared.waiting === 0) shared.reading.abandon();
      },
    };
  };
};
