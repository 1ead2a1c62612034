import type { ParseError } from './parse-error.ts';

/** Accumulates items into data. It opens nothing and keeps no item. */
export interface Fold<In, T> {
  add(item: In): void;
  /** Told of an item that is left out; throws where nothing can be said without it. */
  lose?(error: ParseError): void;
  end(): T;
}
