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

/** What is counted of a row, filled anew for each. */
export interface DatagramRow {
  /** As the kernel numbers them. */
  state: number;
  sent: number;
  received: number;
  uid: number;
}

export const emptyRow = (): DatagramRow => ({ state: 0, sent: 0, received: 0, uid: 0 });

export const addSocket = (tally: DatagramTally, { state, sent, received }: DatagramRow): void => {
  tally.sockets[stateOf(state)]++;
  tally.sendMemoryBytes += sent;
  tally.receiveMemoryBytes += received;
};

const CONNECTED = 1;
const UNCONNECTED = 7;

export const stateOf = (number: number): State => {
  if (number === CONNECTED) return 'ESTABLISHED';
  return number === UNCONNECTED ? 'UNCONNECTED' : 'other';
};
