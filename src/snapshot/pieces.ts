/** Long work of the main thread in pieces: whoever waits for the event loop meanwhile, a health check above all, comes in between. */

/** Yields between two pieces. */
export type Pieces<T> = Generator<undefined, T, undefined>;

/** Makes one thing after the other, and yields undefined where others may have a turn. */
export type InPieces<T> = Generator<T | undefined, void, undefined>;

/** A millisecond's work or two: so many, and others have a turn. */
export const SAMPLES_A_TURN = 250;

/** Told of so many samples' work; whether others are to have a turn. */
export type IsTurn = (samples: number) => boolean;

export const countTurns = (): IsTurn => {
  let sinceTurn = 0;
  return samples => {
    sinceTurn += samples;
    if (sinceTurn < SAMPLES_A_TURN) return false;
    sinceTurn = 0;
    return true;
  };
};

/** Resolves when everybody who waited for the event loop has had a turn. */
export const nextTurn = (): Promise<void> =>
  new Promise(resolve => {
    setImmediate(resolve);
  });

/** For work that is known to be small. */
export const atOnce = <T>(work: Pieces<T>): T => {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
};
