/** Neighbours on the link, and the family read off them. */
import { countedByDevice, type AddressFamily } from '../metrics/label.ts';
import { familyOf } from './collector.ts';

/** By device and state. */
export type Neighbours = ReadonlyMap<string, ReadonlyMap<string, number>>;

export const addNeighbour = (
  neighbours: Map<string, Map<string, number>>,
  device: string,
  state: string,
): void => {
  const states = neighbours.get(device) ?? new Map<string, number>();
  states.set(state, (states.get(state) ?? 0) + 1);
  neighbours.set(device, states);
};

/** @param states the whole domain; [''] where the kernel tells none */
export const neighbourFamily = (family: AddressFamily, states: readonly string[]) =>
  familyOf<Neighbours>()({
    name: 'neighbours',
    kind: 'gauge',
    help: 'Entries of the neighbour table: many INCOMPLETE ones are hosts that do not answer, a scan, or a route to a network that is not on the link (one row of net/arp and its siblings each).',
    labels: [{ name: 'family', values: [family] }, countedByDevice, { name: 'state', values: states }],
    sample(neighbours, emit) {
      for (const [device, counts] of neighbours) {
        for (const state of states) emit(counts.get(state) ?? 0, family, device, state);
      }
    },
  });
