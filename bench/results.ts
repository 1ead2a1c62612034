/** What is measured: the plain data that goes from the measuring process to the report and into the file of --json. */

/** Whose cost of listing the sockets of a host is measured, with what the report calls it. */
export const subjects = {
  same: 'ours, same collectors',
  nodeExporter: 'node_exporter',
  everything: 'ours, everything',
  six: 'ours, for its six',
  nodeExporterSix: 'node_exporter, six',
  lean: 'ours, lean',
  cat: 'cat net/tcp net/tcp6',
  ss: 'ss -tan',
  netstat: 'netstat -tan',
  startWithOwners: 'with owners, start',
  startWithoutOwners: 'without, start',
  withOwners: 'with owners, nothing new',
  withoutOwners: 'without, nothing new',
  withOwnersNew: 'with owners, 1 % new',
  withoutOwnersNew: 'without, 1 % new',
  netstatPrograms: 'netstat -tanp',
  ssPrograms: 'ss -tanp',
} as const;

export type Subject = keyof typeof subjects;

/** The servers under measurement, two in each scene. */
export const servers = {
  ours: 'ours',
  nodeExporter: 'node_exporter',
  /** With more of its collectors. */
  nodeExporterSix: 'node_exporter, six',
  /** Ours, with time enough to find all owners. */
  withOwners: 'ours with owners',
  /** Ours, with the collector that asks for owners switched off. */
  withoutOwners: 'ours without',
  /** Ours, asking for no ESTABLISHED sockets. */
  lean: 'ours, lean',
  /** Ours, reading every network namespace. */
  everyNamespace: 'ours, every namespace',
  /** Ours, with the tables switched on. */
  withTables: 'ours with tables',
} as const;

export type ServerName = keyof typeof servers;

/** One scrape, or one run of a command. */
export interface Cost {
  /** User and system, of all threads. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

export interface Memory {
  readonly residentBytes: number;
  readonly peakResidentBytes: number;
}

export interface Latency {
  readonly requestsMs: readonly number[];
  /** Scrapes that ended meanwhile. */
  readonly scrapes: number;
}

/** Scrapes that were asked for at the same moment, in each of several bursts. */
export interface AtOnce {
  readonly scrapes: number;
  /** Of all of them together. */
  readonly cpuMs: readonly number[];
  readonly residentBytesBefore: number;
  readonly residentBytesAfter: number;
}

/** The time to render so many series, our way and the plain one. */
export interface Rendering {
  readonly series: number;
  readonly oursMs: readonly number[];
  readonly plainMs: readonly number[];
}

/** Answers that were to tell the owner of every socket. */
export interface Attributions {
  readonly answers: number;
  /** Those that did not. */
  readonly incomplete: number;
  /** Sockets without an owner in the worst of them. */
  readonly mostMissing: number;
}

/** What the measuring process is asked for. */
export interface MeasureSettings {
  /** At least so many TCP sockets are in the namespace, and any scrape that finds fewer is wrong. */
  readonly sockets: number;
  /** With node_exporter and the commands, or ours alone. */
  readonly compared: boolean;
  /** Where owners are measured: how many processes hold the sockets, which the measuring process opens. */
  readonly processes?: number;
  /** Whether many scrapes are asked for at once as well. */
  readonly atOnce: boolean;
  /** How often each server is started to see how long that takes. */
  readonly starts: number;
  readonly rounds: number;
  readonly warmUpRounds: number;
  readonly pauseSeconds: number;
}

export interface Measured {
  /** One cost a round, or a start, for each subject; fewer rounds than asked for when time was up. */
  readonly costs: Partial<Readonly<Record<Subject, readonly Cost[]>>>;
  /** CPU that a server used in between: per round, from the first to the last, outside of scrapes. */
  readonly besidesMs: Partial<Readonly<Record<ServerName, number>>>;
  /** Requests that had to open a connection although one had been kept. */
  readonly reconnects: number;
  /** From the spawn to the end of the first answer of /metrics. */
  readonly startMs: Partial<Readonly<Record<ServerName, readonly number[]>>>;
  readonly memory: Partial<Readonly<Record<ServerName, Memory>>>;
  readonly healthyAtRest?: Latency;
  readonly healthyUnderScrapes?: Latency;
  readonly attributions?: Attributions;
  readonly atOnce?: AtOnce;
  readonly series: Partial<Readonly<Record<Subject, number>>>;
  /** As they came over the wire. */
  readonly bodyBytes: Partial<Readonly<Record<Subject, number>>>;
}

export interface Scene extends Measured {
  readonly name: 'idle' | 'a tenth' | 'sockets' | 'many' | 'owners';
  readonly sockets: number;
}

export interface Machine {
  readonly kernel: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly tools: readonly string[];
  readonly tcpHashEntries: string;
  /** One minute's, before and after. */
  readonly load: readonly number[];
}

export interface Results {
  readonly machine: Machine;
  readonly warmUpRounds: number;
  readonly pauseSeconds: number;
  readonly scenes: readonly Scene[];
  /** What one scrape of this machine's own namespace gives with default settings. */
  readonly hostSeries: number;
  readonly renderings: readonly Rendering[];
}
