/** What the machine that we run on is like, for the files that its kernel prints. */
import { readFileSync } from 'node:fs';
import type { Machine } from '../text/machine.ts';

/** Entries of the auxiliary vector, pairs of machine words: include/uapi/linux/auxvec.h. */
const AT_PAGESZ = 6;
const AT_CLKTCK = 17;

const defaults = { pageSizeBytes: 4096, ticksPerSecond: 100 } as const;

export const thisMachine = (): Machine => {
  const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  const vector = auxiliaryVector(littleEndian);
  return {
    byteOrder: littleEndian ? 'little' : 'big',
    pageSizeBytes: vector.get(AT_PAGESZ) ?? defaults.pageSizeBytes,
    ticksPerSecond: vector.get(AT_CLKTCK) ?? defaults.ticksPerSecond,
  };
};

/** Empty where the kernel does not show it or its words are not 64 bits wide. */
const auxiliaryVector = (littleEndian: boolean): ReadonlyMap<number, number> => {
  const wide = ['x64', 'arm64', 'ppc64', 'riscv64', 'loong64', 's390x'].includes(process.arch);
  if (!wide) return new Map();
  try {
    const bytes = readFileSync('/proc/self/auxv');
    const word = (at: number): number =>
      Number(littleEndian ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
    const pairs = Array.from({ length: Math.floor(bytes.length / 16) }, (_, i) => i * 16);
    return new Map(pairs.map(at => [word(at), word(at + 8)]));
  } catch {
    return new Map();
  }
};
