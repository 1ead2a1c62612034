/**
 * /proc/net/rose_nodes: one line a route of ROSE, printed by rose_node_show() in net/rose/rose_route.c: address, how many
 * of its digits count, and the numbers of up to three neighbours. Devices are told by rose_neigh alone.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { bareRoute, rowPerLine } from '../route-rows.ts';
import { routeFamilies, routingTable, type RoutingTable } from '../routing-table.ts';
import type { Route } from '../rows.ts';
import { fingerprintOf } from './fields.ts';

const HEADER = 'address mask n';

const field = { address: 0, mask: 1, count: 2, neighbour: 3 } as const;

/** Old kernels print the word where others have a neighbour with a number for it. */
const LOOPBACK = 'loopback';

const nodeIn = (line: Line): Route => {
  const prefixLength = line.decimal(field.mask);
  const detail = { kind: 'rose', neighbours: neighboursIn(line) } as const;
  return { ...bareRoute, family: 'rose', destination: line.text(field.address), prefixLength, detail };
};

const neighboursIn = (line: Line): readonly string[] => {
  const count = line.decimal(field.count);
  if (line.is(field.neighbour, LOOPBACK)) return [LOOPBACK];
  const neighbours: string[] = [];
  for (let i = 0; i < count; i++) neighbours.push(String(line.decimal(field.neighbour + i)));
  return neighbours;
};

const nodeLines = (changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  return {
    add(line) {
      const { prefixLength } = nodeIn(line);
      const kind = line.is(field.neighbour, LOOPBACK) ? 'direct' : 'gateway';
      table.add('', kind, prefixLength === 0, fingerprintOf(line));
    },
    end: () => table.end(changes),
  };
};

export const roseNodes = collector({
  name: 'rose_nodes',
  file: 'net/rose_nodes',
  about: 'Routes of ROSE, and whether there is a default route.',
  fold: ({ memory }) => headed(HEADER, () => nodeLines(fingerprint => memory.changes(fingerprint))),
  families: routeFamilies('rose', { kinds: ['direct', 'gateway'], hasDevices: false }),
  rows: { of: 'routes', fold: ({ offer }) => headed(HEADER, () => rowPerLine(nodeIn, offer)) },
});
