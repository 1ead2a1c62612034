/** Askers of the same collectors share the reading that is under way; it goes on while one of them waits. */
import type { Reader, Reading } from './reader.ts';

export interface SharedReading {
  readonly reading: Reading;
  /** To be called once by every asker, when it has what it wanted or gave up. */
  readonly leave: () => void;
}

export const shareReadings = (reader: Reader): ((collectors: readonly string[]) => SharedReading) => {
  const underWay = new Map<string, { reading: Reading; waiting: number }>();

  return collectors => {
    const key = collectors.join();
    const shared = underWay.get(key) ?? { reading: reader.read(collectors), waiting: 0 };
    if (shared.waiting === 0) {
      underWay.set(key, shared);
      void shared.reading.finished.then(() => {
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
        if (shared.waiting > 0) return;
        forget();
        shared.reading.abandon();
      },
    };
  };
};
