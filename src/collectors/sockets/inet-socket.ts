/** Rows of tcp, udp, udplite, raw and icmp as sockets, one after the other in the same storage. */
import type { AddressFamily } from '../../metrics/label.ts';
import type { Fold } from '../../text/fold.ts';
import { Line } from '../../text/line.ts';
import type { Machine } from '../../text/machine.ts';
import type { RowsAsk, Socket, SocketDetail, SocketTimer } from '../rows.ts';
import type { DatagramProtocol } from './datagram.ts';
import { datagramStateOf } from './datagram.ts';
import {
  InetRow,
  lacksRemoteAddress,
  localAddress,
  probes,
  remoteAddress,
  unknownState,
} from './inet-row.ts';
import { tcpStates, tcpTimers } from './states.ts';
import { told } from './told.ts';

type InetFamily = Extract<AddressFamily, 'inet' | 'inet6'>;

export const tcpSockets = (family: InetFamily, { machine, offer }: RowsAsk<Socket>): Fold<Line, void> => {
  const socket = new InetSocket(family, 'tcp', machine);
  return {
    add(line) {
      socket.row.read(line);
      const state = tcpStates[socket.row.state - 1];
      if (state === undefined) throw unknownState(line);
      socket.borrow(line, state, socket.row.remotePort === 0);
      offer(socket);
    },
    end: () => undefined,
  };
};

/** @param hasDrops whether the rows end in a count of drops */
export const datagramSockets = (
  family: InetFamily,
  protocol: DatagramProtocol,
  hasDrops: boolean,
  { machine, offer }: RowsAsk<Socket>,
): Fold<Line, void> => {
  const socket = new InetSocket(family, protocol, machine);
  return {
    add(line) {
      socket.row.read(line, hasDrops);
      const state = datagramStateOf(socket.row.state);
      if (state === undefined) throw unknownState(line);
      socket.borrow(line, state, lacksRemoteAddress(line), hasDrops);
      offer(socket);
    },
    end: () => undefined,
  };
};

/** Borrowed, as its line is: addresses are made when they are asked for, and an object only for what is shown. */
class InetSocket implements Socket {
  readonly row = new InetRow();
  readonly device = undefined;
  state = '';
  isServer = false;
  readonly family: InetFamily;
  readonly protocol: 'tcp' | DatagramProtocol;
  readonly #machine: Machine;
  #line = new Line();
  #hasDrops = false;

  constructor(family: InetFamily, protocol: 'tcp' | DatagramProtocol, machine: Machine) {
    this.family = family;
    this.protocol = protocol;
    this.#machine = machine;
  }

  borrow(line: Line, state: string, isServer: boolean, hasDrops = false): void {
    this.#line = line;
    this.state = state;
    this.isServer = isServer;
    this.#hasDrops = hasDrops;
  }

  readonly local = (): string => localAddress(this.#line, this.#machine.byteOrder);
  readonly remote = (): string => remoteAddress(this.#line, this.#machine.byteOrder);

  get receiveQueue(): number {
    return this.row.receiveQueue;
  }

  get sendQueue(): number {
    return this.row.sendQueue;
  }

  get localPort(): number {
    return this.row.localPort;
  }

  get remotePort(): number {
    return this.row.remotePort;
  }

  get uid(): number | undefined {
    return this.row.uid < 0 ? undefined : this.row.uid;
  }

  get inode(): number {
    return this.row.inode;
  }

  get timer(): SocketTimer {
    const { timer, timerTicks, retransmits } = this.row;
    return {
      kind: tcpTimers[timer] ?? `unkn-${timer}`,
      seconds: timerTicks / this.#machine.ticksPerSecond,
      retransmits,
      probes: told(() => probes(this.#line)),
    };
  }

  get detail(): SocketDetail | undefined {
    if (this.protocol === 'tcp') return undefined;
    const { state, drops } = this.row;
    return { kind: 'datagram', stateNumber: state, drops: this.#hasDrops ? drops : undefined };
  }
}
