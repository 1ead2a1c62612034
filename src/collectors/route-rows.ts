/** What the collectors of routes and neighbours share to give rows. */
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import type { Route, RowsAsk } from './rows.ts';

/** A route of which nothing is told but where it leads: what a kernel file tells is put in its place. */
export const bareRoute = {
  prefixLength: undefined,
  mask: undefined,
  gateway: '',
  flags: '',
  metric: undefined,
  references: undefined,
  uses: undefined,
  device: '',
  segmentBytes: undefined,
  windowBytes: undefined,
  roundTripMilliseconds: undefined,
  isCached: false,
  detail: undefined,
} as const satisfies Omit<Route, 'family' | 'destination'>;

/** Where every line is a row. */
export const rowPerLine = <Row>(
  rowIn: (line: Line) => Row,
  offer: RowsAsk<Row>['offer'],
): Fold<Line, undefined> => ({
  add(line) {
    offer(rowIn(line));
  },
  end: () => undefined,
});
