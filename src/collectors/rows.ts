/**
 * The rows of kernel files, for those who want to see them one by one: what netstat prints. A collector that has rows says
 * which table they belong to, and hands over each as it reads it; nothing here is on the way of a scrape.
 */
import type { AddressFamily } from '../metrics/label.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import type { Machine } from '../text/machine.ts';

/** What a row is, by the table that it belongs to. */
export interface RowTypes {
  readonly sockets: Socket;
  readonly routes: Route;
  readonly neighbours: Neighbour;
  readonly interfaces: Interface;
  readonly groups: Group;
  readonly nat: Session;
}

export type TableName = keyof RowTypes;

/** What a reading of rows is told. */
export interface RowsAsk<Row> {
  readonly machine: Machine;
  /** Takes one row, or lets it pass. A socket is borrowed: it is valid until this returns. */
  readonly offer: (row: Row) => void;
}

/** How the lines of a kernel file become rows. Lines that are wrong throw as they do in the collector's own fold. */
export type Rows = {
  readonly [Name in TableName]: {
    readonly of: Name;
    /** What rows take of a collector with attributes, which may be more than a scrape reads. */
    readonly attributes?: readonly string[];
    /** Fresh for each reading. */
    readonly fold: (ask: RowsAsk<RowTypes[Name]>) => Fold<Line, unknown>;
  };
}[TableName];

/**
 * One socket of any family. What is dear to tell is a function, since of a hundred thousand rows few are shown. Undefined is
 * what the kernel file does not tell.
 */
export interface Socket {
  readonly family: AddressFamily;
  /** A value of the label `protocol`; '' where the kernel file tells none. */
  readonly protocol: string;
  /** A value of the label `state`; '' where the kernel file tells none. */
  readonly state: string;
  /** Netstat shows it with -l, and without -a and -l not at all. */
  readonly isServer: boolean;
  /** Of a listener of TCP: connections that wait to be accepted; else bytes, of datagram sockets with the kernel's overhead. */
  readonly receiveQueue: number | undefined;
  readonly sendQueue: number | undefined;
  /** Address without port, callsign, or path; '' where there is none. */
  readonly local: () => string;
  readonly localPort: number | undefined;
  readonly remote: () => string;
  readonly remotePort: number | undefined;
  readonly device: string | undefined;
  readonly uid: number | undefined;
  /** 0 where no program holds it. */
  readonly inode: number | undefined;
  readonly timer: SocketTimer | undefined;
  /** What only this kind of socket has. */
  readonly detail: SocketDetail | undefined;
}

/** The timer of a TCP socket: what it waits for, and what went without an answer. */
export interface SocketTimer {
  /** A value of the label `timer`, or `unkn-5`. */
  readonly kind: string;
  readonly seconds: number;
  readonly retransmits: number;
  /** Undefined where the kernel does not tell. */
  readonly probes: number | undefined;
}

export type SocketDetail =
  | {
      readonly kind: 'datagram';
      /** The number of the state, which netstat prints for raw sockets. */
      readonly stateNumber: number;
      readonly drops: number | undefined;
    }
  | {
      readonly kind: 'unix';
      readonly references: number | undefined;
      /** As netstat writes them: `ACC`, `W`, `N`. */
      readonly flags: readonly string[];
    }
  | {
      readonly kind: 'circuit';
      /** Numbers of the frames to be sent, received and acknowledged next. */
      readonly sent: number;
      readonly received: number;
      readonly acknowledged: number;
      /** Of NET/ROM: the callsign of the user. */
      readonly user?: string;
      /** Of X.25 and ROSE: the logical channel. */
      readonly channel?: number;
      /** Of ROSE: the stations at both ends, and the number of the neighbour. */
      readonly localCallsign?: string;
      readonly remoteCallsign?: string;
      readonly neighbour?: number;
      /** Of AX.25: the stations on the way. */
      readonly digipeaters?: readonly string[];
    }
  | {
      readonly kind: 'sctp';
      readonly localAddresses: readonly string[];
      readonly remoteAddresses: readonly string[];
    }
  | {
      readonly kind: 'bluetooth';
      /** Protocol and service multiplexer of L2CAP. */
      readonly multiplexer?: number;
      readonly localChannel?: number;
      readonly remoteChannel?: number;
      readonly incomingUnitBytes?: number;
      readonly outgoingUnitBytes?: number;
      readonly security?: string;
      /** Of RFCOMM. */
      readonly channel?: number;
    }
  | {
      readonly kind: 'packet';
      /** The Ethernet protocol that it takes, 3 for all. */
      readonly etherType: number;
      /** Of the interface; 0 for all. */
      readonly interfaceIndex: number;
      readonly isRunning: boolean;
      readonly references: number;
    }
  | {
      readonly kind: 'netlink';
      readonly portId: number;
      readonly groups: string;
      readonly drops: number | undefined;
    };

/** One route of any family. */
export interface Route {
  readonly family: AddressFamily;
  /** An address, a callsign, or `default` of the families that print that word. */
  readonly destination: string;
  readonly prefixLength: number | undefined;
  /** Of IPv4: the netmask as an address. */
  readonly mask: string | undefined;
  /** '' where the destination is reached directly, or not at all. */
  readonly gateway: string;
  /** Netstat's letters, `UG`; '' where the family has none. */
  readonly flags: string;
  readonly metric: number | undefined;
  readonly references: number | undefined;
  readonly uses: number | undefined;
  /** '' where the route has none, or the kernel file tells none. */
  readonly device: string;
  /** The largest segment that is announced, as the kernel prints it: with 40 bytes for headers. */
  readonly segmentBytes: number | undefined;
  readonly windowBytes: number | undefined;
  readonly roundTripMilliseconds: number | undefined;
  /** An entry of a cache, which netstat shows with -C. */
  readonly isCached: boolean;
  /** What only this family has. */
  readonly detail: RouteDetail | undefined;
}

export type RouteDetail =
  | {
      readonly kind: 'ax25';
      /** `vc`, `dg` or `*`. */
      readonly mode: string;
      readonly digipeaters: readonly string[];
    }
  | {
      readonly kind: 'netrom';
      readonly mnemonic: string;
      /** Which of the neighbours is used, from 1; beyond them when all failed. */
      readonly used: number;
      readonly neighbours: readonly {
        readonly quality: number;
        readonly obsolescence: number;
        readonly number: number;
      }[];
    }
  | { readonly kind: 'rose'; readonly neighbours: readonly string[] }
  | {
      readonly kind: 'cache';
      readonly source: string;
      readonly typeOfService: number | undefined;
      readonly hardwareReferences: number | undefined;
      readonly isUpToDate: number | undefined;
      readonly specificDestination: string;
    };

/** A neighbour of NET/ROM or ROSE, to which their routes refer by number. */
export interface Neighbour {
  readonly family: AddressFamily;
  readonly number: number;
  readonly callsign: string;
  readonly device: string;
  readonly digipeaters: readonly string[];
}

/** What one kernel file tells of one interface; those of several files are joined by the name. */
export interface Interface {
  readonly device: string;
  readonly mtuBytes?: number | undefined;
  /** Netstat's letters, `BMRU`. */
  readonly flags?: string | undefined;
  /** As the kernel numbers them, IFF_RUNNING included. */
  readonly flagBits?: number | undefined;
  readonly operstate?: string | undefined;
  readonly duplex?: string | undefined;
  readonly speedBytesPerSecond?: number | undefined;
  /** As sysfs prints it; '' where the interface has none. */
  readonly hardwareAddress?: string | undefined;
  /** ARPHRD_ of the kernel: 1 is Ethernet, 772 the loopback. */
  readonly hardwareType?: number | undefined;
  readonly transmitQueueLength?: number | undefined;
  /** `receive bytes` -> value, by the names of net/dev. */
  readonly traffic?: ReadonlyMap<string, number>;
  readonly addresses?: readonly InterfaceAddress[];
}

export interface InterfaceAddress {
  readonly family: 'inet' | 'inet6';
  readonly address: string;
  readonly prefixLength: number;
  readonly scope: 'global' | 'link' | 'site' | 'host' | 'compat' | 'unknown';
}

/** A multicast group that an interface is a member of. */
export interface Group {
  readonly family: 'inet' | 'inet6';
  readonly device: string;
  readonly group: string;
  readonly users: number;
}

/** A connection that the kernel tracks. */
export interface Session {
  readonly family: 'inet' | 'inet6';
  readonly protocol: string;
  /** A value of the label `state` of netstat_conntrack_entries; '' where the kernel file tells none. */
  readonly state: string;
  /** How it is translated; '' where it is not. */
  readonly nat: 'source' | 'destination' | 'both' | '';
  readonly expiresSeconds: number | undefined;
  /** Of the first packet. Ports are ids of ICMP, keys of GRE, and undefined where the protocol has none. */
  readonly source: string;
  readonly sourcePort: number | undefined;
  readonly destination: string;
  readonly destinationPort: number | undefined;
  /** Of a reply. */
  readonly replySource: string;
  readonly replySourcePort: number | undefined;
  readonly replyDestination: string;
  readonly replyDestinationPort: number | undefined;
  /** `ASSURED`, `UNREPLIED`. */
  readonly flags: readonly string[];
  /** Of ip_masquerade alone. */
  readonly sequence?: {
    readonly initial: number;
    readonly delta: number;
    readonly previousDelta: number | undefined;
  };
}
