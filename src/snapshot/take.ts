import type { Outcome, Snapshot } from './outcome.ts';
import type { SharedReading } from './share.ts';

/**
 * Waits for a reading until it is finished or its time is up, whichever is first. Collectors that are not done
 * by then have failed; the others stand.
 */
export const takeSnapshot = async (
  { reading, leave }: SharedReading,
  collectors: readonly string[],
  limitSeconds: number,
): Promise<Snapshot> => {
  let timer: NodeJS.Timeout | undefined;
  const timeIsUp = new Promise<void>(resolve => {
    timer = setTimeout(resolve, limitSeconds * 1000);
  });
  await Promise.race([reading.finished, timeIsUp]);
  clearTimeout(timer);

  const late: Outcome = {
    status: 'failed',
    reason: 'deadline',
    message: `not done after ${limitSeconds} s`,
    seconds: limitSeconds,
  };
  const outcomes = reading.outcomes();
  const snapshot = new Map(collectors.map(name => [name, outcomes.get(name) ?? late]));
  leave();
  return snapshot;
};
