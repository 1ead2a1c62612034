/** What is fuzzed: one thing that takes bytes which somebody else has chosen. */
import type { Random } from './random.ts';

export interface Trial {
  /** What was handed over, so that it can be kept. */
  readonly input: Buffer;
  /** What had been done to it. */
  readonly how: readonly string[];
  /** What became of it: words that tell whether the fuzzer reaches both good and bad ends. */
  readonly ending: string;
  readonly complaints: readonly string[];
}

export interface Subject {
  /** `tcp of inet`: unique. */
  readonly name: string;
  /** The word before it, for figures. */
  readonly kind: string;
  /** Throws whatever the program throws: that is a crash. */
  readonly attempt: (random: Random) => Trial | Promise<Trial>;
}
