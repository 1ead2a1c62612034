import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import type { Increments } from '../collector.ts';
import { inetField, requireInode } from './inet-line.ts';

/** Sockets of udp, udplite, raw or icmp of one IP version, counted. */
export interface DatagramTally {
  established: number;
  unconnected: number;
  receiveMemoryBytes: number;
  sendMemoryBytes: number;
  /** Undefined where the kernel prints no such column. */
  drops: number | undefined;
}

const CONNECTED = 1;
const UNCONNECTED = 7;

/**
 * Counts rows. Drops are counted by the kernel per socket and vanish with it, so they are added up in
 * the memory, keyed by inode.
 * @param increments undefined where the rows have no drops
 */
export const datagramTally = (increments: Increments | undefined): Fold<Line, DatagramTally> => {
  const tally: DatagramTally = {
    established: 0,
    unconnected: 0,
    receiveMemoryBytes: 0,
    sendMemoryBytes: 0,
    drops: undefined,
  };

  return {
    add(line) {
      const state = line.hex(inetField.state);
      if (state !== CONNECTED && state !== UNCONNECTED) throw line.wrong(inetField.state, 'unknown state');
      const queues = line.pair(inetField.queues);
      const inode = requireInode(line);
      const drops = increments === undefined ? 0 : line.decimal(inetField.drops);

      if (state === CONNECTED) tally.established++;
      else tally.unconnected++;
      tally.sendMemoryBytes += queues.left;
      tally.receiveMemoryBytes += queues.right;
      if (drops > 0) increments?.seen(inode, drops, line);
    },
    end() {
      tally.drops = increments?.total();
      return tally;
    },
  };
};
