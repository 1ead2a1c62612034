/** Loaded before the program: every look at the clock of the day finds it years ahead of where the look before left it, or behind. */
const YEARS_MILLISECONDS = 10 * 365 * 86_400_000;

const Actual = Date;
const actualNow = Date.now.bind(Date);
let looks = 0;
const now = (): number => actualNow() + (++looks % 2 === 0 ? YEARS_MILLISECONDS : -YEARS_MILLISECONDS);

globalThis.Date = class extends Actual {
  constructor(...given: readonly (number | string)[]) {
    const [shown] = given;
    super(shown ?? now());
  }
  static override now = now;
} as DateConstructor;
