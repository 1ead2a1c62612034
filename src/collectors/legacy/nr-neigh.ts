/** /proc/net/nr_neigh: one line a neighbour of NET/ROM, printed by nr_neigh_show() in net/netrom/nr_route.c. */
import type { Fold } from '../../text/fold.ts';
import { columnOf, headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { addNeighbour, neighbourFamily, type Neighbours } from '../neighbours.ts';
import { rowPerLine } from '../route-rows.ts';
import type { Neighbour } from '../rows.ts';
import { UNTOLD } from '../sockets/families.ts';
import { deviceIn, digipeatersIn, requireCallsign } from './fields.ts';

const HEADER = 'addr callsign dev qual lock count';

const field = { number: 0, callsign: 1, device: 2, quality: 3, locked: 4, nodes: 5 } as const;

/**
 * A locked neighbour was set by the operator, and stays when no node is reached by it any more. Of the others no state
 * is told: `failed` counts links that broke since the neighbour was last heard, and none may have been tried.
 */
const PERMANENT = 'PERMANENT';

const neighbourFrom = (header: Line): ((line: Line) => Neighbour) => {
  const digipeaters = columnOf(header, 'digipeaters');
  return line => {
    const number = line.decimal(field.number);
    requireCallsign(line, field.callsign);
    const callsign = line.text(field.callsign);
    const device = deviceIn(line, field.device);
    for (const each of [field.quality, field.locked, field.nodes]) line.decimal(each);
    return { family: 'netrom', number, callsign, device, digipeaters: digipeatersIn(line, digipeaters) };
  };
};

const neighbourLines = (header: Line): Fold<Line, Neighbours> => {
  const neighbours = new Map<string, Map<string, number>>();
  const neighbourIn = neighbourFrom(header);
  return {
    add(line) {
      const { device } = neighbourIn(line);
      const isLocked = line.decimal(field.locked) !== 0;
      addNeighbour(neighbours, device, isLocked ? PERMANENT : UNTOLD);
    },
    end: () => neighbours,
  };
};

export const nrNeigh = collector({
  name: 'nr_neigh',
  file: 'net/nr_neigh',
  about: 'Neighbours of NET/ROM by device, those locked by the operator apart.',
  fold: () => headed(HEADER, neighbourLines),
  families: [neighbourFamily('netrom', [PERMANENT, UNTOLD])],
  rows: {
    of: 'neighbours',
    fold: ({ offer }) => headed(HEADER, header => rowPerLine(neighbourFrom(header), offer)),
  },
});
