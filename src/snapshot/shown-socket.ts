/** A socket as the tables show it: what its row tells, and whose it is. Plain data: it crosses from the reading thread to the others. */
import type { Socket, SocketDetail, SocketTimer } from '../collectors/rows.ts';

export interface ShownSocket {
  readonly family: Socket['family'];
  readonly protocol: string;
  readonly state: string;
  readonly isServer: boolean;
  readonly receiveQueue: number | undefined;
  readonly sendQueue: number | undefined;
  readonly local: string;
  readonly localPort: number | undefined;
  readonly remote: string;
  readonly remotePort: number | undefined;
  readonly device: string | undefined;
  readonly uid: number | undefined;
  /** The name of the user; its number where it has none. */
  readonly user: string | undefined;
  readonly inode: number | undefined;
  readonly timer: SocketTimer | undefined;
  readonly detail: SocketDetail | undefined;
  /** Of the process with the lowest number that holds it. */
  readonly pid: number | undefined;
  /** As in the label `program`; '' where nobody is known to hold it, undefined where nobody looked. */
  readonly program: string | undefined;
  /** The word that the command line of the process begins with. */
  readonly command: string | undefined;
  /** How long this exporter has seen it in CLOSE_WAIT. */
  readonly ageSeconds: number | undefined;
}

/** What is known of a socket beside its row. */
export interface Told {
  readonly userOf: (uid: number) => string;
  readonly holderOf: (inode: number | undefined) => Pick<ShownSocket, 'pid' | 'program' | 'command'>;
  readonly ageOf: (socket: Socket) => number | undefined;
}

/**
 * Shows one borrowed socket after the other in the same object, whose values are worked out when they are looked at. A copy,
 * `{ ...view }`, outlives the socket.
 */
export const createSocketView = ({
  userOf,
  holderOf,
  ageOf,
}: Told): { readonly show: (socket: Socket) => ShownSocket } => {
  let socket: Socket;
  const view: ShownSocket = {
    get family() {
      return socket.family;
    },
    get protocol() {
      return socket.protocol;
    },
    get state() {
      return socket.state;
    },
    get isServer() {
      return socket.isServer;
    },
    get receiveQueue() {
      return socket.receiveQueue;
    },
    get sendQueue() {
      return socket.sendQueue;
    },
    get local() {
      return socket.local();
    },
    get localPort() {
      return socket.localPort;
    },
    get remote() {
      return socket.remote();
    },
    get remotePort() {
      return socket.remotePort;
    },
    get device() {
      return socket.device;
    },
    get uid() {
      return socket.uid;
    },
    get user() {
      return socket.uid === undefined ? undefined : userOf(socket.uid);
    },
    get inode() {
      return socket.inode;
    },
    get timer() {
      return socket.timer;
    },
    get detail() {
      return socket.detail;
    },
    get pid() {
      return holderOf(socket.inode).pid;
    },
    get program() {
      return holderOf(socket.inode).program;
    },
    get command() {
      return holderOf(socket.inode).command;
    },
    get ageSeconds() {
      return ageOf(socket);
    },
  };
  return {
    show(next) {
      socket = next;
      return view;
    },
  };
};
