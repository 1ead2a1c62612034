/** Chances that are the same ones whenever the same seed is given. */

export interface Random {
  /** A whole number from 0 to one below the limit. */
  readonly below: (limit: number) => number;
  /** True once in so many times. */
  readonly oneIn: (times: number) => boolean;
  readonly pick: <T>(from: readonly [T, ...T[]]) => T;
}

/** Mixes the numbers so that seeds beside each other have nothing in common. */
const mixed = (numbers: readonly number[]): number =>
  numbers.reduce((state, number) => {
    let hash = Math.imul(state ^ number, 0x85eb_ca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
    return (hash ^ (hash >>> 16)) + 0x9e37_79b9;
  }, 0x2545_f491);

/** Mulberry32: good enough to spread, and the same on every machine. */
export const randomOf = (...seed: readonly number[]): Random => {
  let state = mixed(seed) | 0;
  const next = (): number => {
    state = (state + 0x6d2b_79f5) | 0;
    let hash = Math.imul(state ^ (state >>> 15), 1 | state);
    hash ^= hash + Math.imul(hash ^ (hash >>> 7), 61 | hash);
    return ((hash ^ (hash >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    oneIn: times => below(times) === 0,
    pick: from => from[below(from.length)] ?? from[0],
  };
};
