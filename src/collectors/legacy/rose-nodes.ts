/**
 * /proc/net/rose_nodes: one line a route of ROSE, printed by rose_node_show() in net/rose/rose_route.c: address, how many
 * of its digits count, and the numbers of up to three neighbours. Devices are told by rose_neigh alone.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { routeFamilies, routingTable, type RoutingTable } from '../routing-table.ts';
import { fingerprintOf } from './fields.ts';

const field = { address: 0, mask: 1, count: 2, neighbour: 3 } as const;

const nodeLines = (changes: (fingerprint: number) => number): Fold<Line, RoutingTable> => {
  const table = routingTable();
  return {
    add(line) {
      const mask = line.decimal(field.mask);
      const neighbours = line.decimal(field.count);
      // Old kernels print a word where others have a neighbour with a number for it.
      const isOwn = line.is(field.neighbour, 'loopback');
      if (!isOwn) {
        for (let i = 0; i < neighbours; i++) line.decimal(field.neighbour + i);
      }
      table.add('', isOwn ? 'direct' : 'gateway', mask === 0, fingerprintOf(line));
    },
    end: () => table.end(changes),
  };
};

export const roseNodes = collector({
  name: 'rose_nodes',
  file: 'net/rose_nodes',
  about: 'Routes of ROSE, and whether there is a default route.',
  fold: ({ memory }) => headed('address mask n', () => nodeLines(fingerprint => memory.changes(fingerprint))),
  families: routeFamilies('rose', { kinds: ['direct', 'gateway'], hasDevices: false }),
});
