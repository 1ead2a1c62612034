/**
 * /proc/net/nr_nodes: one line a node of NET/ROM, which is a route, printed by nr_node_show() in net/netrom/nr_route.c:
 * callsign, mnemonic, which of its neighbours is used, how many it has, and three fields for each of them. The
 * mnemonic is whatever was heard on the radio, or on old kernels nothing, so rows are read from their end. Devices
 * are told by nr_neigh alone.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { routeFamilies, routingTable, type RoutingTable } from '../routing-table.ts';
import { requireCallsign } from './fields.ts';

const CALLSIGN = 0;
/** Quality, obsolescence count, and the neighbour's number, which has five digits at least. */
const NEIGHBOUR_FIELDS = 3;
/** struct nr_node in include/net/netrom.h */
const neighbourCounts = [1, 2, 3];

/** Where the number of neighbours stands. No other field that it is looked for in is a single digit. */
const countField = (line: Line): number => {
  const before = (neighbours: number): number => line.count - 1 - neighbours * NEIGHBOUR_FIELDS;
  const found = neighbourCounts.find(each => before(each) > 0 && line.is(before(each), String(each)));
  if (found === undefined) throw line.wrong(CALLSIGN, 'neighbours are not as many as the line says');
  return before(found);
};

const nodeLines = (changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  return {
    add(line) {
      requireCallsign(line, CALLSIGN);
      const count = countField(line);
      const used = count - 1;
      line.decimal(used);
      // Qualities and counts change with every broadcast that is heard, or missed.
      const identity = [CALLSIGN, used];
      for (let neighbour = count + 1; neighbour < line.count; neighbour += NEIGHBOUR_FIELDS) {
        line.decimal(neighbour);
        line.decimal(neighbour + 1);
        line.decimal(neighbour + 2);
        identity.push(neighbour + 2);
      }
      table.add('', 'gateway', false, line.fingerprint(identity));
    },
    end: () => table.end(changes),
  };
};

export const nrNodes = collector({
  name: 'nr_nodes',
  file: 'net/nr_nodes',
  about: 'Nodes that NET/ROM knows a route to.',
  fold: ({ memory }) =>
    headed('callsign mnemonic w n', () => nodeLines(fingerprint => memory.changes(fingerprint))),
  families: routeFamilies('netrom', { kinds: ['gateway'], hasDevices: false, hasDefaults: false }),
});
