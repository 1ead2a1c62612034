/** Memory that a reading shares with those who wait for it: 32-bit words, at these places. */

/** Not zero when nobody waits for it any more. */
export const ABANDONED = 0;
/** How often it came to a next piece of a file. */
export const PIECES = 1;
export const SHARED_WORDS = 2;
