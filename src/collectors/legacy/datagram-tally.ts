/** What ipx and ddp count: sockets in two of TCP's states, with memory charged to their queues. */
import { datagramStates } from '../sockets/states.ts';

/** Netstat has a word for no other number. */
export const states = [...datagramStates, 'other'] as const;
export type State = (typeof states)[number];

export interface DatagramTally {
  readonly sockets: Record<State, number>;
  receiveMemoryBytes: number;
  sendMemoryBytes: number;
}

export const noSockets = (): DatagramTally => ({
  sockets: { ESTABLISHED: 0, UNCONNECTED: 0, other: 0 },
  receiveMemoryBytes: 0,
  sendMemoryBytes: 0,
});

const CONNECTED = 1;
const UNCONNECTED = 7;

export const addSocket = (tally: DatagramTally, state: number, sent: number, received: number): void => {
  if (state === CONNECTED) tally.sockets.ESTABLISHED++;
  else if (state === UNCONNECTED) tally.sockets.UNCONNECTED++;
  else tally.sockets.other++;
  tally.sendMemoryBytes += sent;
  tally.receiveMemoryBytes += received;
};
