/**
 * /proc/net/rose_neigh: one line a neighbour of ROSE, the loopback among them, printed by rose_neigh_show() in
 * net/rose/rose_route.c. It tells no state: `restart` is that of a link, which is set up when somebody needs it, so that
 * `no` is no fault.
 */
import type { Fold } from '../../text/fold.ts';
import { requiredColumn, headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { addNeighbour, neighbourFamily, type Neighbours } from '../neighbours.ts';
import { UNTOLD } from '../sockets/families.ts';
import { deviceIn, requireCallsign } from './fields.ts';

const field = { number: 0, callsign: 1, device: 2, nodes: 3 } as const;

const neighbourLines = (header: Line): Fold<Line, Neighbours> => {
  const neighbours = new Map<string, Map<string, number>>();
  const lastTimer = requiredColumn(header, 'tf');
  return {
    add(line) {
      line.decimal(field.number);
      requireCallsign(line, field.callsign);
      const device = deviceIn(line, field.device);
      line.decimal(field.nodes);
      line.decimal(lastTimer);
      addNeighbour(neighbours, device, UNTOLD);
    },
    end: () => neighbours,
  };
};

export const roseNeigh = collector({
  name: 'rose_neigh',
  file: 'net/rose_neigh',
  about: 'Neighbours of ROSE by device.',
  fold: () => headed('addr callsign dev count', neighbourLines),
  families: [neighbourFamily('rose', [UNTOLD])],
});
