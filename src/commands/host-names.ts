/**
 * Names of hosts, asked for before anything is shown: whatever the resolver of the system knows of an address, as netstat asks it.
 * This is the only place that asks others on the network, and how long and how much it asks is bounded.
 */
import { lookupService } from 'node:dns/promises';

export interface HostNames {
  /** Resolves once the names of all addresses are known, or the time is up. */
  readonly learn: (addresses: Iterable<string>) => Promise<void>;
  /** The address itself where no name is known. */
  readonly nameOf: (address: string) => string;
}

export interface HostNameLimits {
  /** How long is waited for one address, and for all that are learned at once. */
  readonly oneMilliseconds: number;
  readonly allMilliseconds: number;
  readonly atOnce: number;
  /** Names that are kept; of more those that were wanted longest ago are forgotten. */
  readonly kept: number;
}

const LIMITS: HostNameLimits = {
  oneMilliseconds: 2000,
  allMilliseconds: 5000,
  // Node.js has four threads for this, and lets lookups have two of them.
  atOnce: 4,
  kept: 20_000,
};

/**
 * @param lookUp rejects with the code ENOTFOUND where an address has no name
 * @param tell takes the sentence about addresses for which nobody answered
 */
export const createHostNames = (
  tell: (sentence: string) => void,
  lookUp: (address: string) => Promise<string> = askSystem,
  limits: HostNameLimits = LIMITS,
): HostNames => {
  /** Undefined where nobody answered. */
  const names = new Map<string, string | undefined>();
  /** A lookup cannot be ended: it stays here until it ends, and another one waits for its place. */
  const underWay = new Map<string, Promise<void>>();

  const keep = (address: string, name: string | undefined): void => {
    names.delete(address);
    names.set(address, name);
    for (const [oldest] of names) {
      if (names.size <= limits.kept) break;
      names.delete(oldest);
    }
  };

  const ask = (address: string): Promise<void> => {
    const answer = lookUp(address)
      .catch((error: unknown) => (isNoName(error) ? address : undefined))
      .then(name => {
        keep(address, name);
        underWay.delete(address);
      });
    underWay.set(address, answer);
    return answer;
  };

  const learn = async (addresses: Iterable<string>): Promise<void> => {
    const unknown = new Set<string>();
    for (const address of addresses) {
      if (names.has(address)) keep(address, names.get(address));
      else if (!NOBODY.has(address)) unknown.add(address);
    }

    let isOver = false;
    const queue = unknown.values();
    const askOneByOne = async (): Promise<void> => {
      for (const address of queue) {
        while (underWay.size >= limits.atOnce && !underWay.has(address))
          await Promise.race(underWay.values());
        if (isOver) return;
        await atMost(limits.oneMilliseconds, underWay.get(address) ?? ask(address));
      }
    };
    const all = Array.from({ length: limits.atOnce }, askOneByOne);
    await atMost(limits.allMilliseconds, Promise.all(all));
    isOver = true;

    const silent = [...unknown].filter(address => names.get(address) === undefined).length;
    if (silent > 0)
      tell(`${silent} of ${unknown.size} addresses are shown as they are: nobody told their names in time`);
  };

  return { learn, nameOf: address => names.get(address) ?? address };
};

/** They stand for all addresses, or for none. */
const NOBODY: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

const isNoName = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOTFOUND' || error.code === 'ERR_INVALID_ARG_VALUE');

const atMost = async (milliseconds: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>(resolve => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
};

/**
 * The resolver of the C library asks each name server twice and waits five seconds each time, and the process cannot end before
 * it has done so. Unless somebody has told it otherwise, it is told to be as impatient as we are.
 */
const RESOLVER_OPTIONS = 'timeout:1 attempts:1';

const askSystem = async (address: string): Promise<string> => {
  process.env['RES_OPTIONS'] ??= RESOLVER_OPTIONS;
  return (await lookupService(address, 0)).hostname;
};
