/**
 * Sockets by state and by a number without a bound: a port, a user. What leaves the reading is bounded: the largest keys, and
 * the sum of the others.
 */
import type { FamilySpec } from '../../metrics/family.ts';
import type { AddressFamily, OpenLabel } from '../../metrics/label.ts';
import { familyOf, type Memory } from '../collector.ts';

/** Keys that one reading tells apart: there are as many ports. */
const KEYS_LIMIT = 65_536;

export interface SocketsByKey {
  /** The largest first. Counts are indexed as the states are. */
  readonly largest: readonly (readonly [key: string, counts: readonly number[]])[];
  readonly others: readonly number[];
  /** How many keys the others are. */
  readonly folded: number;
  /** What was above zero a short while ago and is not any more. */
  readonly emptied: readonly (readonly [key: string, state: number])[];
}

export interface KeyedTally {
  add(key: number, state: number): void;
  /** A socket whose key tells nothing. */
  addOther(state: number): void;
  /**
   * @param of tells the keys of one tally of a collector from those of another
   * @param top how many keys are told apart
   * @param nameOf what a key is exposed as
   */
  end(
    memory: Pick<Memory, 'lately' | 'largest'>,
    of: string,
    top: number,
    nameOf: (key: number) => string,
  ): SocketsByKey;
}

export const keyedTally = (states: readonly string[]): KeyedTally => {
  const width = states.length;
  /** Key -> where its counts begin. */
  const places = new Map<number, number>();
  let counts = new Uint32Array(16 * width);
  const sums = new Uint32Array(width);
  let beyondLimit = false;
  let lastKey = NaN;
  let lastPlace = 0;

  /** Undefined where there is no room for one more. */
  const placeOf = (key: number): number | undefined => {
    // Rows of one port or user often follow each other.
    if (key === lastKey) return lastPlace;
    const known = places.get(key);
    if (known === undefined && places.size === KEYS_LIMIT) return undefined;
    const place = known ?? places.size * width;
    if (known === undefined) places.set(key, place);
    lastKey = key;
    lastPlace = place;
    return place;
  };

  return {
    add(key, state) {
      increase(sums, state, 1);
      const place = placeOf(key);
      if (place === undefined) {
        beyondLimit = true;
        return;
      }
      if (place === counts.length) counts = twiceAsLong(counts);
      increase(counts, place + state, 1);
    },
    addOther(state) {
      increase(sums, state, 1);
    },
    end({ lately, largest }, of, top, nameOf) {
      const countsOf = (key: number): Uint32Array => {
        const place = places.get(key) ?? 0;
        return counts.subarray(place, place + width);
      };
      const totals = Array.from(places, ([key, place]) => [key, sum(counts, place, place + width)] as const);
      const chosen = largest(of)(totals, top).map(key => [key, countsOf(key)] as const);
      const others = sums.slice();
      for (const [, ofKey] of chosen)
        ofKey.forEach((count, state) => {
          increase(others, state, -count);
        });

      const mayBeTold = roomBeside(
        chosen.map(([key]) => key),
        key => places.has(key),
        top,
      );
      const emptied = states.flatMap((state, i) => {
        const above = chosen.filter(([, ofKey]) => (ofKey[i] ?? 0) > 0).map(([key]) => key);
        return lately(`${of} ${state}`)(above)
          .filter(mayBeTold)
          .map(key => [nameOf(key), i] as const);
      });
      return {
        largest: chosen.map(([key, ofKey]) => [nameOf(key), Array.from(ofKey)] as const),
        others: Array.from(others),
        folded: places.size - chosen.length + Number(beyondLimit),
        emptied,
      };
    },
  };
};

/**
 * Whether a key that has nothing any more may be exposed as 0: if it is told anyway, or there is room for it. One that is there and
 * not told is among the others, and so may be what it has.
 */
export const roomBeside = <Key>(
  told: Iterable<Key>,
  isThere: (key: Key) => boolean,
  limit: number,
): ((key: Key) => boolean) => {
  const all = new Set(told);
  return key => {
    if (all.has(key)) return true;
    if (isThere(key) || all.size >= limit) return false;
    all.add(key);
    return true;
  };
};

const increase = (numbers: Uint32Array, at: number, amount: number): void => {
  numbers[at] = (numbers[at] ?? 0) + amount;
};

const sum = (numbers: Uint32Array, start: number, end: number): number => {
  let total = 0;
  for (let at = start; at < end; at++) total += numbers[at] ?? 0;
  return total;
};

const twiceAsLong = (numbers: Uint32Array): Uint32Array<ArrayBuffer> => {
  const longer = new Uint32Array(numbers.length * 2);
  longer.set(numbers);
  return longer;
};

export const perPort = { name: 'port', limit: 64, surplus: 'other' } as const;
const perUser = { name: 'user', limit: 64, surplus: 'other' } as const;

type ByKey = <T>(
  family: AddressFamily,
  protocol: string,
  states: readonly string[],
  sockets: (data: T) => SocketsByKey,
) => FamilySpec<T>;

export const socketsByPort: ByKey = (...rest) =>
  socketsByKey(
    {
      name: 'port_sockets',
      help: 'Sockets of the server side, by local port: TCP on a port that something listens on, datagram sockets that are not connected and have no port of those for outgoing connections, which are in "other"; a state that grows on one port names the service that leaks (local_address of net/tcp and its siblings).',
    },
    perPort,
    ...rest,
  );

export const socketsByPeerPort: ByKey = (...rest) =>
  socketsByKey(
    {
      name: 'peer_port_sockets',
      help: 'Sockets of the client side, by remote port: a state that grows on one port names the service whose connections are not let go; what looks like the server side of a listener that is gone is in "other" (rem_address of net/tcp and its siblings).',
    },
    perPort,
    ...rest,
  );

export const socketsByUser: ByKey = (...rest) =>
  socketsByKey(
    {
      name: 'user_sockets',
      help: 'Sockets by the user that opened them, without a user where the kernel does not tell, as in TIME_WAIT (uid of net/tcp and its siblings).',
    },
    perUser,
    ...rest,
  );

/** Only what is, or lately was, above zero is exposed; CLOSE_WAIT always. */
const socketsByKey = <T>(
  { name, help }: Pick<FamilySpec<T>, 'name' | 'help'>,
  key: OpenLabel,
  family: AddressFamily,
  protocol: string,
  states: readonly string[],
  sockets: (data: T) => SocketsByKey,
): FamilySpec<T> =>
  familyOf<T>()({
    name,
    kind: 'gauge',
    help,
    labels: [
      { name: 'family', values: [family] },
      { name: 'protocol', values: [protocol] },
      key,
      { name: 'state', values: states },
    ],
    sample(data, emit) {
      const { largest, others, emptied } = sockets(data);
      const all = others.some(count => count > 0) ? [...largest, ['other', others] as const] : largest;
      for (const [value, counts] of all) {
        states.forEach((state, i) => {
          const count = counts[i] ?? 0;
          if (count > 0 || state === 'CLOSE_WAIT') emit(count, family, protocol, value, state);
        });
      }
      for (const [value, i] of emptied) {
        const state = states[i];
        if (state !== undefined) emit(0, family, protocol, value, state);
      }
    },
  });
