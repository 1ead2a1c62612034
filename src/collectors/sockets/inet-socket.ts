/** Sockets of tcp, udp, udplite, raw and icmp for those who want to see them, one after the other in the same storage. */
import type { AddressFamily } from '../../metrics/label.ts';
import type { Fold } from '../../text/fold.ts';
import { ParseError } from '../../text/parse-error.ts';
import type { RowsAsk, Socket, SocketDetail, SocketTimer } from '../rows.ts';
import type { DatagramProtocol } from './datagram.ts';
import { datagramStateOf } from './datagram.ts';
import { InetRow } from './inet-row.ts';
import { tcpStates, tcpTimers } from './states.ts';
import { told } from './told.ts';

type InetFamily = Extract<AddressFamily, 'inet' | 'inet6'>;

export const tcpSockets = (family: InetFamily, { offer }: RowsAsk<Socket>): Fold<InetRow, void> => {
  const socket = new InetSocket(family, 'tcp', false);
  return {
    add(row) {
      const state = tcpStates[row.state - 1];
      if (state === undefined) throw row.rest.unknownState();
      socket.borrow(row, state, row.remotePort === 0);
      offer(socket);
    },
    end: () => undefined,
  };
};

/** @param hasDrops whether the kernel tells how many datagrams a socket dropped */
export const datagramSockets = (
  family: InetFamily,
  protocol: DatagramProtocol,
  hasDrops: boolean,
  { offer }: RowsAsk<Socket>,
): Fold<InetRow, void> => {
  const socket = new InetSocket(family, protocol, hasDrops);
  return {
    add(row) {
      const state = datagramStateOf(row.state);
      if (state === undefined) throw row.rest.unknownState();
      socket.borrow(row, state, row.rest.lacksRemote());
      offer(socket);
    },
    end: () => undefined,
  };
};

const nothing = new InetRow({
  local: () => '',
  remote: () => '',
  lacksRemote: () => true,
  peerFingerprint: () => 0,
  probes: () => undefined,
  unknownState: () => new ParseError('unknown state', 0),
});

/** Borrowed, as its row is: addresses are made when they are asked for, and an object only for what is shown. */
class InetSocket implements Socket {
  readonly device = undefined;
  state = '';
  isServer = false;
  readonly family: InetFamily;
  readonly protocol: 'tcp' | DatagramProtocol;
  readonly #hasDrops: boolean;
  #row = nothing;

  constructor(family: InetFamily, protocol: 'tcp' | DatagramProtocol, hasDrops: boolean) {
    this.family = family;
    this.protocol = protocol;
    this.#hasDrops = hasDrops;
  }

  borrow(row: InetRow, state: string, isServer: boolean): void {
    this.#row = row;
    this.state = state;
    this.isServer = isServer;
  }

  readonly local = (): string => this.#row.rest.local();
  readonly remote = (): string => this.#row.rest.remote();

  get receiveQueue(): number {
    return this.#row.receiveQueue;
  }

  get sendQueue(): number {
    return this.#row.sendQueue;
  }

  get localPort(): number {
    return this.#row.localPort;
  }

  get remotePort(): number {
    return this.#row.remotePort;
  }

  get uid(): number | undefined {
    return this.#row.uid < 0 ? undefined : this.#row.uid;
  }

  get inode(): number {
    return this.#row.inode;
  }

  get timer(): SocketTimer {
    const { timer, timerSeconds: seconds, retransmits, rest } = this.#row;
    return {
      kind: tcpTimers[timer] ?? `unkn-${timer}`,
      seconds,
      retransmits,
      probes: told(() => rest.probes()),
    };
  }

  get detail(): SocketDetail | undefined {
    if (this.protocol === 'tcp') return undefined;
    const { state, drops } = this.#row;
    return { kind: 'datagram', stateNumber: state, drops: this.#hasDrops ? drops : undefined };
  }
}
