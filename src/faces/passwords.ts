/**
 * Whether a password is that of a user. One is compared after the other, in a thread of its own; those that were right are
 * remembered, so that a scrape costs one compare in the life of the process. Wrong ones are not: guesses would push out the others.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Comparison } from './password-thread.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Busy: too many wait already. */
export type Verdict = 'right' | 'wrong' | 'busy';

/**
 * @param users the hash of each
 * @param asker the address of the client
 * @param isGone whether nobody waits for the answer any more, asked when it is its turn
 */
export type CheckPassword = (
  users: ReadonlyMap<string, string>,
  credentials: Credentials,
  asker: string,
  isGone: () => boolean,
) => Promise<Verdict>;

export type Compare = (comparison: Comparison) => Promise<boolean>;

const REMEMBERED_LIMIT = 100;
/** At a tenth of a second for each, the last one waits for two seconds. */
const WAITING_LIMIT = 16;
/** So that one who guesses leaves room for others. */
const WAITING_OF_ONE_ASKER_LIMIT = 4;

/** What a user who does not exist is compared with; nobody knows a password for it, and none would be let in. */
const NOBODYS_SALT_AND_HASH = 'Vq3mXl0cUoZtE8yRw6bNs.5uKfPzGd1hJxT9aMiQvLrWe2YnOkCs7';
const COST_WITHOUT_USERS = 10;

export const createPasswordCheck = (compare: Compare): CheckPassword => {
  /** Digests of user, hash and password, the longest unused first. */
  const remembered = new Set<string>();
  const waitingOf = new Map<string, number>();
  const secret = randomBytes(32);
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  const digestOf = (...parts: readonly string[]): Buffer =>
    createHmac('sha256', secret).update(JSON.stringify(parts)).digest();

  const isRemembered = (digest: string): boolean => {
    if (!remembered.delete(digest)) return false;
    remembered.add(digest);
    return true;
  };

  const remember = (digest: string): void => {
    const [oldest] = remembered;
    if (remembered.size === REMEMBERED_LIMIT && oldest !== undefined) remembered.delete(oldest);
    remembered.add(digest);
  };

  /** As dear as that of somebody who exists, and always the same for the same name: time shall not tell who does. */
  const nobodysHash = (users: ReadonlyMap<string, string>, user: string): string => {
    const costs = [...users.values()].map(hash => hash.slice(4, 6));
    const cost = costs[(digestOf(user)[0] ?? 0) % costs.length] ?? COST_WITHOUT_USERS;
    return `$2b$${cost}$${NOBODYS_SALT_AND_HASH}`;
  };

  return async (users, { user, password }, asker, isGone) => {
    const known = users.get(user);
    const hash = known ?? nobodysHash(users, user);
    const digest = digestOf(user, hash, password).toString('base64');
    if (isRemembered(digest)) return 'right';

    const ofAsker = waitingOf.get(asker) ?? 0;
    if (waiting === WAITING_LIMIT || ofAsker === WAITING_OF_ONE_ASKER_LIMIT) return 'busy';
    waiting++;
    waitingOf.set(asker, ofAsker + 1);

    const turn = last.then(async () => {
      if (isRemembered(digest)) return true;
      if (isGone()) return false;
      const isRight = (await compare({ password, hash })) && known !== undefined;
      if (isRight) remember(digest);
      return isRight;
    });
    last = turn.catch(() => undefined);
    try {
      return (await turn) ? 'right' : 'wrong';
    } finally {
      waiting--;
      const others = (waitingOf.get(asker) ?? 1) - 1;
      if (others > 0) waitingOf.set(asker, others);
      else waitingOf.delete(asker);
    }
  };
};

/** bcryptjs keeps some kilobytes. */
const HEAP_LIMIT_MEGABYTES = 16;

/** Starts the thread when it is first needed, and again after it ended. One comparison at a time. */
export const compareInThread = (): Compare => {
  let thread: Worker | undefined;

  return comparison =>
    new Promise((resolve, reject) => {
      const worker = (thread ??= new Worker(new URL('./password-thread.js', import.meta.url), {
        resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MEGABYTES },
      }));
      // The servers keep the process alive, not the thread that serves them.
      worker.unref();
      const done = (settle: () => void): void => {
        worker.off('message', answered).off('error', failed).off('exit', ended);
        settle();
      };
      const lose = (error: Error): void => {
        if (thread === worker) thread = undefined;
        done(() => {
          reject(error);
        });
      };
      const answered = (isRight: boolean): void => {
        done(() => {
          resolve(isRight);
        });
      };
      const failed = (error: unknown): void => {
        lose(error instanceof Error ? error : new Error(String(error)));
      };
      const ended = (): void => {
        lose(new Error('the thread that compares passwords ended'));
      };
      worker.on('message', answered).on('error', failed).on('exit', ended);
      worker.postMessage(comparison);
    });
};
