/** Long work of the main thread in pieces: whoever waits for the event loop meanwhile, a health check above all, comes in between. */

/** Yields between two pieces. */
export type Pieces<T> = Generator<undefined, T, undefined>;

/** Makes one thing after the other, and yields undefined where others may have a turn. */
export type InPieces<T> = Generator<T | undefined, void, undefined>;

/** So long, or so many samples, and others have a turn: garbage is collected in the middle of work, so samples alone do not tell. */
export const MILLISECONDS_A_TURN = 3;
export const SAMPLES_A_TURN = 250;

/** Of the turn under way: there is one event loop, whoever works in it. */
let began = performance.now();
let samplesSince = 0;

/** Whether others are to have a turn, after so many samples more. */
export const isTurnOver = (samples: number): boolean => {
  samplesSince += samples;
  return samplesSince >= SAMPLES_A_TURN || performance.now() - began >= MILLISECONDS_A_TURN;
};

/** Resolves when everybody who waited for the event loop has had a turn. */
export const nextTurn = (): Promise<void> =>
  new Promise(resolve => {
    setImmediate(() => {
      began = performance.now();
      samplesSince = 0;
      resolve();
    });
  });

/** For work that is known to be small. */
export const atOnce = <T>(work: Pieces<T>): T => {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
};
