/** Numbers as a sentence has them. */

/** `1,234` */
export const countText = (count: number): string => count.toLocaleString('en-US');

/** `48 s`, `12 min`, `2 h 5 min`, `3 d 4 h`: never more than it is, since what is told is a lower bound. */
export const durationText = (seconds: number): string => {
  if (seconds < MINUTE) return `${Math.floor(seconds)} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < DAY) return twoUnits(seconds, HOUR, 'h', MINUTE, 'min');
  return twoUnits(seconds, DAY, 'd', HOUR, 'h');
};

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const twoUnits = (seconds: number, large: number, largeName: string, small: number, smallName: string) => {
  const rest = Math.floor((seconds % large) / small);
  const first = `${Math.floor(seconds / large)} ${largeName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
};

/** `a`, `a and b`, `a, b and c` */
export const listText = (parts: readonly string[], word = 'and'): string =>
  parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1) ?? ''}`;
