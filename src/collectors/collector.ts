/** What a collector is: one kernel file, fully described. It has no state and touches no disk. */
import type { FamilySpec, Kind } from '../metrics/family.ts';
import type { Label } from '../metrics/label.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import type { Machine } from '../text/machine.ts';
import type { Message } from '../text/message.ts';
import type { Ledger } from './owned-sockets.ts';
import type { Rows, RowsAsk, Socket } from './rows.ts';

/**
 * A counter over things that come and go, each with a count of its own that is lost with it.
 * Its total only ever grows.
 */
export interface Increments {
  /**
   * This thing stands at this count now. Throws a ParseError when too many are remembered.
   * @param row the line or message that tells so
   */
  seen(thing: number, count: number, row: { readonly number: number }): void;
  /** The total at the end of the reading; what was not seen in it is forgotten. */
  total(): number;
}

export type Totals<Key> = Iterable<readonly [key: Key, total: number]>;

/** What a collector may remember from one reading to the next. */
export interface Memory {
  /**
   * Chooses so many with the largest totals, the largest first. One that was among them the last time stays until another
   * is larger by a quarter, so that nothing flaps at the edge.
   */
  largest(of: string): <Key extends string | number>(totals: Totals<Key>, limit: number) => readonly Key[];
  /**
   * Of what was above zero: what was so a bounded number of readings ago and is not among these any more. It goes on as 0 for
   * a while, so that an alert ends on a value and not on an absence.
   */
  lately(of: string): <Key extends string | number>(above: Iterable<Key>) => readonly Key[];
  /**
   * Begins a reading.
   * @param of tells the things of one total from those of another; from a list that is known beforehand
   */
  increments(of?: string): Increments;
  /** How often this fingerprint differed from the one before. */
  changes(fingerprint: number): number;
}

/** Values of labels that are told apart, all others being added up. */
export interface Top {
  readonly port: number;
  readonly user: number;
}

/** What a reading is told. */
export interface Ask {
  readonly machine: Machine;
  readonly memory: Memory;
  /** Undefined where nobody asks whose the sockets are. */
  readonly ledger: Ledger | undefined;
  readonly userName: (uid: number) => string;
  /** How many values of a label that has no bound are told apart. */
  readonly top: Top;
  /**
   * The first line of a sysctl of the namespace, `sys/net/ipv4/ip_local_port_range`; undefined where it cannot be read. To be asked
   * before the first line is folded.
   */
  readonly sysctl: (file: string) => string | undefined;
}

/**
 * How much is asked for over netlink: as much as the file tells, that without the sockets that are ESTABLISHED, or that and what the
 * kernel knows of the way to the peer.
 */
export type Extent = 'whole' | 'lean' | 'info';

/** What a reading over netlink is told. */
export interface NetlinkAsk extends Ask {
  readonly extent: Extent;
  /** A file of the namespace: undefined where the kernel does not offer it. To be asked behind the last message. */
  readonly open: (file: string) => Iterable<Uint8Array> | undefined;
}

/** The sockets of a kernel file as the kernel tells them over netlink: the same ones, with the same data. */
export interface OverNetlink<T> {
  /** Whether that costs less than to read the file. */
  readonly isCheaper: boolean;
  /** Whether the user may choose another extent than `whole`. */
  readonly hasExtents?: true;
  /** What to ask for: the message behind its header. */
  readonly request: (byteOrder: Machine['byteOrder'], extent: Extent) => Uint8Array;
  /** Fresh for each reading; one that is not ended may be begun anew. */
  readonly fold: (ask: NetlinkAsk) => Fold<Message, T>;
  /** Not where the file tells more of a row. */
  readonly rows?: (ask: RowsAsk<Socket>) => Fold<Message, unknown>;
  readonly together?: Together;
}

/** One answer for two collectors, which costs less than one for each. */
export interface Together {
  /** The name of the other. */
  readonly with: string;
  /** Of the request, by which the kernel tells it from one for this collector alone. */
  readonly type: number;
  readonly request: OverNetlink<unknown>['request'];
  /** Whether a message tells of this collector's and not of the other's. */
  readonly isMine: (message: Message) => boolean;
}

export interface Collector<Name extends string, T> {
  readonly name: Name;
  /**
   * Relative to a network namespace (`net/tcp6`, `sys/net/netfilter/nf_conntrack_max`) or to the sysfs
   * (`class/net`, `kernel/debug/bluetooth/l2cap`).
   */
  readonly file: string;
  /** Where other kernels have the same table; asked in turn where there is no `file`. */
  readonly otherwise?: readonly string[];
  /**
   * Files with a single value each, in every folder below `file`. They are folded as lines
   * `FOLDER ATTRIBUTE VALUE`; what the kernel does not offer for a folder has no line.
   */
  readonly attributes?: readonly string[];
  /** `file` is a folder, and a file in it is one thing's: its lines are folded with its name and a tab before them. */
  readonly everyFile?: true;
  /** Tells of the sockets that the collectors before it met; `file` is not opened as they are. */
  readonly ofSockets?: true;
  /** Tells those of its own. */
  readonly tellsSockets?: true;
  /** The kernel tells the same in every network namespace, or tells it in the first one alone. */
  readonly ofHost?: true;
  /** Off unless the user switches it on: it costs series that few need. */
  readonly optional?: true;
  /**
   * No row of the file is longer, which tells a reader that a short read was the last. Only for tables
   * whose end is expensive to ask for.
   */
  readonly rowBytesLimit?: number;
  /** One sentence: what it tells. */
  readonly about: string;
  /** Fresh for each reading. */
  fold(ask: Ask): Fold<Line, T>;
  readonly families: readonly FamilySpec<T>[];
  /** For those who want to see them one by one. */
  readonly rows?: Rows;
  /** Another way to the same. */
  readonly overNetlink?: OverNetlink<T>;
  /** How many values of a label the reading itself added up under another. */
  folded?(data: T): Readonly<Record<string, number>>;
  /** What the operator should know of this reading beside its numbers: a line in the log when it comes up. */
  note?(data: T): string | undefined;
  /** Families for what only the reading itself can name: counters newer than this program. */
  unlisted?(data: T): readonly FamilySpec<T>[];
}

/** Checks a description where it is written, and keeps its data's type out of the list. */
export const collector = <const Name extends string, T>(
  description: Collector<Name, T>,
): Collector<Name, unknown> => description;

type ValueOf<L> = L extends { readonly values: readonly (infer Value)[] } ? Value : string;
type ValuesOf<Labels extends readonly Label[]> = { readonly [K in keyof Labels]: ValueOf<Labels[K]> };

/**
 * Describes one family of a collector's data. A label too few or too many, or a value outside a closed
 * domain, does not compile.
 */
export const familyOf =
  <T>() =>
  <const Labels extends readonly Label[]>(spec: {
    readonly name: string;
    readonly kind: Kind;
    readonly help: string;
    readonly labels: Labels;
    readonly statistic?: NonNullable<FamilySpec<T>['statistic']>;
    sample(data: T, emit: (value: number, ...labels: ValuesOf<Labels>) => void): void;
  }): FamilySpec<T> =>
    spec;
