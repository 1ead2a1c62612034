/** Sockets of udp, udplite, raw or icmp over one IP version: what each adds to the counts. */
import type { AddressFamily } from '../../metrics/label.ts';
import type { Fold } from '../../text/fold.ts';
import type { Ask } from '../collector.ts';
import { keyedTally, type SocketsByKey } from './by-key.ts';
import type { InetRow } from './inet-row.ts';
import { portTally, type PortRange } from './ports.ts';
import { datagramStates } from './states.ts';

export interface DatagramSockets {
  /** Indexed as `datagramStates`. */
  readonly sockets: Float64Array;
  readonly receiveMemoryBytes: number;
  readonly sendMemoryBytes: number;
  /** Undefined where the kernel prints no such column. */
  readonly drops: number | undefined;
  /** Not connected ones by local port, connected ones by remote port. */
  readonly ports: SocketsByKey;
  readonly peerPorts: SocketsByKey;
  readonly users: SocketsByKey;
}

export type DatagramProtocol = 'udp' | 'udplite' | 'raw' | 'icmp';

/** They borrow two of TCP's numbers: 1 connected, 7 not. */
const stateIndexes: Readonly<Record<number, number>> = {
  1: datagramStates.indexOf('ESTABLISHED'),
  7: datagramStates.indexOf('UNCONNECTED'),
};
const UNCONNECTED = datagramStates.indexOf('UNCONNECTED');

/** Undefined where the number is neither. */
export const datagramStateOf = (number: number): (typeof datagramStates)[number] | undefined =>
  datagramStates[stateIndexes[number] ?? -1];

/**
 * Drops are counted by the kernel per socket and vanish with it, so they are added up in the memory, keyed by inode.
 * @param hasDrops whether the kernel tells how many datagrams a socket dropped
 */
export const datagramTally = (
  family: AddressFamily,
  protocol: DatagramProtocol,
  hasDrops: boolean,
  ephemeral: PortRange | undefined,
  { memory, ledger, userName, top }: Ask,
): Fold<InetRow, DatagramSockets> => {
  const hasPorts = protocol === 'udp' || protocol === 'udplite';
  const increments = hasDrops ? memory.increments() : undefined;
  const sockets = new Float64Array(datagramStates.length);
  let receiveMemoryBytes = 0;
  let sendMemoryBytes = 0;
  const ports = portTally(datagramStates, ephemeral);
  const users = keyedTally(datagramStates);
  const account = ledger?.account(family, protocol, datagramStates);

  return {
    add(row) {
      const state = stateIndexes[row.state];
      if (state === undefined) throw row.rest.unknownState();

      sockets[state] = (sockets[state] ?? 0) + 1;
      sendMemoryBytes += row.sendQueue;
      receiveMemoryBytes += row.receiveQueue;
      account?.socket(row.inode, state);
      users.add(row.uid, state);
      if (row.drops > 0) increments?.seen(row.inode, row.drops, row);
      if (!hasPorts) return;
      if (state === UNCONNECTED) ports.unconnected(row.localPort, state);
      else ports.connected(row.localPort, row.remotePort, state);
    },
    end: () => ({
      ...{ sockets, receiveMemoryBytes, sendMemoryBytes },
      drops: increments?.total(),
      ...ports.end(memory, top),
      users: users.end(memory, 'user', top.user, userName),
    }),
  };
};
