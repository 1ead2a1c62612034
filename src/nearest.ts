/** The known word a mistyped one most likely meant, or undefined when none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  // A word of which no letter is left is a guess, not a mistake.
  let limit = Math.min(mostEdits, word.length - 1);
  let best: string | undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const distance = edits(word, candidate);
    if (distance > limit) continue;
    best = candidate;
    limit = distance - 1;
  }
  return best;
}

const mostEdits = 2;

/** Levenshtein's distance, row by row, where two letters that changed places are one edit: the commonest slip. */
function edits(from: string, to: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let above = 0; above < from.length; above++) {
    const next = [above + 1];
    for (let column = 0; column < to.length; column++) {
      const replaced = (row[column] ?? 0) + (from[above] === to[column] ? 0 : 1);
      const swapped = column > 0 && from[above] === to[column - 1] && from[above - 1] === to[column];
      next.push(
        Math.min(
          replaced,
          (row[column + 1] ?? 0) + 1,
          (next[column] ?? 0) + 1,
          swapped ? (before[column - 1] ?? 0) + 1 : Infinity,
        ),
      );
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
