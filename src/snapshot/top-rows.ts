/** The first so many of any number of rows in some order, never keeping more of them than that. */
export interface TopRows<Key, Row> {
  /** Whether a row with this key would be among them as far as is known by now. */
  readonly wants: (key: Key) => boolean;
  /** For one that is wanted. */
  readonly add: (key: Key, row: Row) => void;
  /** In their order; those that are equal as they came. */
  readonly rows: () => readonly Row[];
}

interface Place<Key, Row> {
  readonly key: Key;
  readonly row: Row;
  /** How many came before it. */
  readonly turn: number;
}

/**
 * A heap with the last of them on top, which is the one that a better row takes the place of.
 * @param compare below zero where the first comes before the second
 */
export const createTopRows = <Key, Row>(
  limit: number,
  compare: (a: Key, b: Key) => number,
): TopRows<Key, Row> => {
  const heap: Place<Key, Row>[] = [];
  let turn = 0;

  const isBehind = (a: Place<Key, Row>, b: Place<Key, Row>): boolean => inOrder(a, b) > 0;
  const inOrder = (a: Place<Key, Row>, b: Place<Key, Row>): number =>
    compare(a.key, b.key) || a.turn - b.turn;

  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]];
    if (a === undefined || b === undefined) return;
    heap[i] = b;
    heap[j] = a;
  };

  /** Whether the first of two places in the heap has to be nearer to the top; a place that is empty has not. */
  const isHigher = (i: number, j: number): boolean => {
    const [a, b] = [heap[i], heap[j]];
    return a !== undefined && b !== undefined && isBehind(a, b);
  };

  const rise = (from: number): void => {
    for (let at = from; at > 0 && isHigher(at, (at - 1) >> 1); at = (at - 1) >> 1) swap(at, (at - 1) >> 1);
  };

  const sink = (from: number): void => {
    for (let at = from; ;) {
      const child = isHigher(2 * at + 2, 2 * at + 1) ? 2 * at + 2 : 2 * at + 1;
      if (!isHigher(child, at)) return;
      swap(at, child);
      at = child;
    }
  };

  return {
    wants(key) {
      const [last] = heap;
      return heap.length < limit || (last !== undefined && compare(key, last.key) < 0);
    },
    add(key, row) {
      const place = { key, row, turn: turn++ };
      if (heap.length < limit) {
        heap.push(place);
        rise(heap.length - 1);
      } else if (limit > 0) {
        heap[0] = place;
        sink(0);
      }
    },
    rows: () => heap.toSorted(inOrder).map(({ row }) => row),
  };
};
