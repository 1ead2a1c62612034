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
import { bareRoute, rowPerLine } from '../route-rows.ts';
import { routeFamilies, routingTable, type RoutingTable } from '../routing-table.ts';
import type { Route } from '../rows.ts';
import { fieldsFrom, requireCallsign } from './fields.ts';

const HEADER = 'callsign mnemonic w n';

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

const nodeIn = (line: Line): Route => {
  requireCallsign(line, CALLSIGN);
  const count = countField(line);
  const used = line.decimal(count - 1);
  const neighbours = neighbourFields(line, count).map(at => ({
    quality: line.decimal(at),
    obsolescence: line.decimal(at + 1),
    number: line.decimal(at + 2),
  }));
  const detail = { kind: 'netrom', mnemonic: mnemonicBefore(line, count - 1), used, neighbours } as const;
  return { ...bareRoute, family: 'netrom', destination: line.text(CALLSIGN), detail };
};

/** Where each of the neighbours begins. */
const neighbourFields = (line: Line, count: number): readonly number[] =>
  fieldsFrom(line, count + 1).filter((_, i) => i % NEIGHBOUR_FIELDS === 0);

/** '' where the kernel prints nothing, or its mark for none. Several blanks in it become one. */
const mnemonicBefore = (line: Line, used: number): string => {
  const words = fieldsFrom(line, CALLSIGN + 1).filter(field => field < used);
  const mnemonic = words.map(field => line.text(field)).join(' ');
  return mnemonic === '*' ? '' : mnemonic;
};

/** Qualities and counts change with every broadcast that is heard, or missed. */
const identityOf = (line: Line): readonly number[] => {
  const count = countField(line);
  return [CALLSIGN, count - 1, ...neighbourFields(line, count).map(at => at + 2)];
};

const nodeLines = (changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  return {
    add(line) {
      nodeIn(line);
      table.add('', 'gateway', false, line.fingerprint(identityOf(line)));
    },
    end: () => table.end(changes),
  };
};

export const nrNodes = collector({
  name: 'nr_nodes',
  file: 'net/nr_nodes',
  about: 'Nodes that NET/ROM knows a route to.',
  fold: ({ memory }) => headed(HEADER, () => nodeLines(fingerprint => memory.changes(fingerprint))),
  families: routeFamilies('netrom', { kinds: ['gateway'], hasDevices: false, hasDefaults: false }),
  rows: { of: 'routes', fold: ({ offer }) => headed(HEADER, () => rowPerLine(nodeIn, offer)) },
});
