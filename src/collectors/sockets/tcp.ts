/** Sockets of TCP over one IP version: what each adds to the counts. */
import type { AddressFamily } from '../../metrics/label.ts';
import type { Fold } from '../../text/fold.ts';
import type { Ask } from '../collector.ts';
import { keyedTally, type SocketsByKey } from './by-key.ts';
import type { InetRow } from './inet-row.ts';
import { portInfoTally, type PortInfo } from './port-info.ts';
import { isWithin, portTally, type PortRange } from './ports.ts';
import { tcpStates, tcpTimers } from './states.ts';

/** Arrays are indexed as `tcpStates` and `tcpTimers`. */
export interface TcpSockets {
  /** Whether of ESTABLISHED sockets nothing is known but how many there are. */
  readonly isLean: boolean;
  readonly sockets: Float64Array;
  /** Those that the kernel counts in sockstat; undefined where it was asked for the number of ESTABLISHED ones. */
  readonly inUse: number | undefined;
  readonly receiveQueueBytes: Float64Array;
  readonly sendQueueBytes: Float64Array;
  readonly timers: Float64Array;
  readonly retransmitting: number;
  readonly establishedWithoutTimer: number;
  readonly closeWaitUnread: number;
  readonly closeWaitRead: number;
  /** By local port where something listens on it, else by remote port. */
  readonly ports: SocketsByKey;
  readonly peerPorts: SocketsByKey;
  readonly users: SocketsByKey;
  /** Of connections to ports that something listens on; undefined where it was not asked for. */
  readonly info: PortInfo | undefined;
  /** How many ports the kernel chooses from for the local end; undefined where that cannot be read. */
  readonly ephemeralPorts: number | undefined;
  /** The most sockets of one local address to one remote address and port, which compete for those ports. */
  readonly busiestPeerSockets: number;
}

/** Peers told apart, to find the one that most sockets compete for; beyond them only those known are counted on. */
const PEERS_LIMIT = 65_536;
const PORTS = 65_536;

const ESTABLISHED = tcpStates.indexOf('ESTABLISHED');
const CLOSE_WAIT = tcpStates.indexOf('CLOSE_WAIT');
const LISTEN = tcpStates.indexOf('LISTEN');
const SYN_RECV = tcpStates.indexOf('SYN_RECV');
const NO_USER = -1;
const OFF = tcpTimers.indexOf('off');

/**
 * In CLOSE_WAIT the peer's FIN counts as one byte until the program has read up to the end of stream, so an empty receive queue
 * means that it did and has not closed. A timer code that is not known leaves the row out of the timers only.
 * The kernel prints listeners first, so the ports that are listened on are known when the connections come.
 * @param inUse where ESTABLISHED sockets are not told: asked at the end for how many sockets the kernel counts
 * @param hasInfo whether rows tell of the way to the peer
 */
export const tcpTally = (
  family: AddressFamily,
  ephemeral: PortRange | undefined,
  { memory, ledger, userName, top }: Ask,
  inUse?: () => number,
  hasInfo = false,
): Fold<InetRow, TcpSockets> => {
  const isLean = inUse !== undefined;
  let rowsInUse = 0;
  const sockets = new Float64Array(tcpStates.length);
  const receiveQueueBytes = new Float64Array(tcpStates.length);
  const sendQueueBytes = new Float64Array(tcpStates.length);
  const timers = new Float64Array(tcpTimers.length);
  let retransmitting = 0;
  let establishedWithoutTimer = 0;
  let closeWaitUnread = 0;
  let closeWaitRead = 0;
  const isListenedOn = new Uint8Array(PORTS);
  const ports = portTally(tcpStates, ephemeral);
  const users = keyedTally(tcpStates);
  const info = hasInfo ? portInfoTally() : undefined;
  const peers = new Map<number, number>();
  const account = ledger?.account(family, 'tcp', tcpStates, isLean ? 'ESTABLISHED' : undefined);

  const addListener = ({ inode, localPort, receiveQueue, acceptQueueLimit, rest }: InetRow): void => {
    isListenedOn[localPort] = 1;
    const limit = acceptQueueLimit < 0 ? undefined : acceptQueueLimit;
    account?.listener(inode, rest.local(), localPort, receiveQueue, limit);
  };

  const addCloseWait = ({ inode, receiveQueue }: InetRow): void => {
    const unread = receiveQueue > 0;
    if (unread) closeWaitUnread++;
    else closeWaitRead++;
    account?.closeWait(inode, unread);
  };

  const addToPeer = ({ rest }: InetRow): void => {
    const peer = rest.peerFingerprint();
    const known = peers.get(peer) ?? 0;
    if (known > 0 || peers.size < PEERS_LIMIT) peers.set(peer, known + 1);
  };

  const addByPort = (state: number, row: InetRow): void => {
    // Whoever listens over both IP versions may have its SYN_RECV in one table and itself in the other.
    if (isListenedOn[row.localPort] === 1 || state === SYN_RECV) {
      ports.server(row.localPort, state);
      if (state === ESTABLISHED) info?.add(row);
      return;
    }
    ports.connected(row.localPort, row.remotePort, state);
    if (ephemeral !== undefined && isWithin(ephemeral, row.localPort)) addToPeer(row);
  };

  return {
    add(row) {
      const state = row.state - 1;
      if (state < 0 || state >= tcpStates.length) throw row.rest.unknownState();
      // It became so while it was told of.
      if (isLean && state === ESTABLISHED) return;

      if (row.isInUse) rowsInUse++;
      add(sockets, state, 1);
      add(receiveQueueBytes, state, row.receiveQueue);
      add(sendQueueBytes, state, row.sendQueue);
      if (row.timer < tcpTimers.length) add(timers, row.timer, 1);
      if (row.retransmits > 0) retransmitting++;
      if (state === ESTABLISHED && row.timer === OFF) establishedWithoutTimer++;
      if (state === CLOSE_WAIT) addCloseWait(row);
      else account?.socket(row.inode, state);
      if (state === LISTEN) addListener(row);
      // Not accepted yet, it is nobody's: over netlink the kernel tells no user, in the file that of the listener.
      users.add(state === SYN_RECV && row.inode === 0 ? NO_USER : row.uid, state);
      addByPort(state, row);
    },
    end() {
      // Of two moments, however near.
      if (inUse !== undefined) sockets[ESTABLISHED] = Math.max(0, inUse() - rowsInUse);
      const byPort = ports.end(memory, top);
      const byUser = users.end(memory, 'user', top.user, userName);
      const told = isLean ? withoutEstablished : (sockets: SocketsByKey) => sockets;
      return {
        inUse: isLean ? undefined : rowsInUse,
        ...{ isLean, sockets, receiveQueueBytes, sendQueueBytes, timers },
        ...{ retransmitting, establishedWithoutTimer, closeWaitUnread, closeWaitRead },
        ports: told(byPort.ports),
        peerPorts: told(byPort.peerPorts),
        users: told(byUser),
        info: info?.end(memory, top.port),
        ephemeralPorts: ephemeral === undefined ? undefined : ephemeral.last - ephemeral.first + 1,
        busiestPeerSockets: greatest(peers.values()),
      };
    },
  };
};

/** What had some a short while ago, when they were told, is not known to have none. */
const withoutEstablished = ({ emptied, ...rest }: SocketsByKey): SocketsByKey => ({
  ...rest,
  emptied: emptied.filter(([, state]) => state !== ESTABLISHED),
});

const greatest = (counts: Iterable<number>): number => {
  let most = 0;
  for (const count of counts) most = Math.max(most, count);
  return most;
};

const add = (sums: Float64Array, index: number, amount: number): void => {
  sums[index] = (sums[index] ?? 0) + amount;
};
