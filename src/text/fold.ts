/** Accumulates items into data. It opens nothing and keeps no item. */
export interface Fold<In, T> {
  add(item: In): void;
  end(): T;
}
