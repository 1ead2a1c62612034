/**
 * Sockets by port: those of the server side by their own, those of the client side by that of their peer. The other port is one that
 * a kernel chose and says nothing; where such a one is all there is, the socket is counted among the others, or there would be new
 * series with every scrape.
 */
import type { Ask, Top } from '../collector.ts';
import { keyedTally, type SocketsByKey } from './by-key.ts';

/** The ports that the kernel chooses from for sockets that ask for none. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const LAST_PORT = 65_535;

/** Of the kernel where nobody changed it: inet_init_net() in net/ipv4/af_inet.c. */
const USUAL_RANGE: PortRange = { first: 32_768, last: 60_999 };

export const isWithin = ({ first, last }: PortRange, port: number): boolean => port >= first && port <= last;

/** For IPv6 as well; undefined where it cannot be read. Printed by ipv4_local_port_range(): `32768\t60999`. */
export const localPortRange = ({ sysctl }: Pick<Ask, 'sysctl'>): PortRange | undefined => {
  const text = sysctl('sys/net/ipv4/ip_local_port_range') ?? '';
  const [first = NaN, last = NaN] = /^(\d+)\s+(\d+)$/.exec(text)?.slice(1).map(Number) ?? [];
  return first <= last && last <= LAST_PORT ? { first, last } : undefined;
};

export interface PortTally {
  /** A socket of the server side, of which this is known. */
  server(localPort: number, state: number): void;
  /** A socket that waits for anybody: of a server, but for one whose port was chosen by the kernel. */
  unconnected(localPort: number, state: number): void;
  /** A socket with a peer, on a port that nothing listens on: of a client, but for the remains of a server that listens no more. */
  connected(localPort: number, remotePort: number, state: number): void;
  end(memory: Ask['memory'], top: Top): { readonly ports: SocketsByKey; readonly peerPorts: SocketsByKey };
}

export const portTally = (states: readonly string[], range: PortRange = USUAL_RANGE): PortTally => {
  const ports = keyedTally(states);
  const peerPorts = keyedTally(states);

  return {
    server(localPort, state) {
      ports.add(localPort, state);
    },
    unconnected(localPort, state) {
      if (isWithin(range, localPort)) ports.addOther(state);
      else ports.add(localPort, state);
    },
    connected(localPort, remotePort, state) {
      if (isWithin(range, remotePort) && !isWithin(range, localPort)) peerPorts.addOther(state);
      else peerPorts.add(remotePort, state);
    },
    end: (memory, top) => ({
      ports: ports.end(memory, 'port', top.port, String),
      peerPorts: peerPorts.end(memory, 'peer port', top.port, String),
    }),
  };
};
