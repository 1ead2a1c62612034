/**
 * /proc/net/rose_neigh: one line a neighbour of ROSE, the loopback among them, printed by rose_neigh_show() in
 * net/rose/rose_route.c. It tells no state: `restart` is that of a link, which is set up when somebody needs it, so that
 * `no` is no fault.
 */
import type { Fold } from '../../text/fold.ts';
import { columnOf, headed, requiredColumn } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { addNeighbour, neighbourFamily, type Neighbours } from '../neighbours.ts';
import { rowPerLine } from '../route-rows.ts';
import type { Neighbour } from '../rows.ts';
import { UNTOLD } from '../sockets/families.ts';
import { deviceIn, digipeatersIn, requireCallsign } from './fields.ts';

const HEADER = 'addr callsign dev count';

const field = { number: 0, callsign: 1, device: 2, nodes: 3 } as const;

const neighbourFrom = (header: Line): ((line: Line) => Neighbour) => {
  const lastTimer = requiredColumn(header, 'tf');
  const digipeaters = columnOf(header, 'digipeaters');
  return line => {
    const number = line.decimal(field.number);
    requireCallsign(line, field.callsign);
    const callsign = line.text(field.callsign);
    const device = deviceIn(line, field.device);
    line.decimal(field.nodes);
    line.decimal(lastTimer);
    return { family: 'rose', number, callsign, device, digipeaters: digipeatersIn(line, digipeaters) };
  };
};

const neighbourLines = (header: Line): Fold<Line, Neighbours> => {
  const neighbours = new Map<string, Map<string, number>>();
  const neighbourIn = neighbourFrom(header);
  return {
    add(line) {
      addNeighbour(neighbours, neighbourIn(line).device, UNTOLD);
    },
    end: () => neighbours,
  };
};

export const roseNeigh = collector({
  name: 'rose_neigh',
  file: 'net/rose_neigh',
  about: 'Neighbours of ROSE by device.',
  fold: () => headed(HEADER, neighbourLines),
  families: [neighbourFamily('rose', [UNTOLD])],
  rows: {
    of: 'neighbours',
    fold: ({ offer }) => headed(HEADER, header => rowPerLine(neighbourFrom(header), offer)),
  },
});
