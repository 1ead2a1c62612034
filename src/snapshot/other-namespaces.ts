/** The other network namespaces of the host: which there are, and what a collector tells of each. */
import type { Collector } from '../collectors/collector.ts';
import type { Ledger } from '../collectors/owned-sockets.ts';
import {
  createNamespaces,
  isInNamespace,
  type Namespace,
  type NamespaceChoice,
  type NamespaceName,
  type Namespaces,
} from '../procfs/namespaces.ts';
import { directoryOfProcess, type Places, type Source } from '../procfs/source.ts';
import type { Machine } from '../text/machine.ts';
import type { Ledgers } from './ledger.ts';
import { createMemories } from './memory.ts';
import type { NamespaceOutcome, OneOutcome } from './outcome.ts';
import { inTurn, readCollector, sysctlsOf, type Reading } from './read.ts';

/** As many as `namespaces.limit` in config.ts may ask for: the series of each are some hundred. */
export const NAMESPACES_LIMIT = 512;

export interface NamespaceSettings extends NamespaceChoice {
  /** Where the root of the file system is, for the names of namespaces. */
  readonly rootfs: string;
  /** Collectors that are read in others than the first; all where none is named. */
  readonly collectors: readonly string[];
}

/** What is told of the namespaces themselves. Plain data: it crosses from the reading thread to the others. */
export interface NamespacesRead extends Pick<Namespaces, 'home' | 'unread' | 'hiddenProcesses'> {
  readonly others: readonly NamespaceName[];
}

export interface OtherNamespaces {
  /** Begins a reading. */
  readonly begin: (
    asksForOwners: boolean,
    shared: Omit<Reading, 'ledger' | 'sysctl'>,
  ) => {
    readonly names: NamespacesRead;
    /** Of those namespaces that are there and in which the collector is read. */
    readonly read: (collector: Collector<string, unknown>) => readonly NamespaceOutcome[];
  };
  /** For a page of one of them. */
  readonly find: () => Namespaces;
  readonly standIn: (namespace: Namespace, proceed: (() => void) | undefined) => OfProcess | undefined;
}

/** The files of a namespace, below a process that is in it. */
export interface OfProcess {
  readonly source: Source;
  /** Whether the process is still there, and in that namespace. */
  readonly isThere: () => boolean;
}

/** By the inode of a namespace. */
type Memories = Map<string, ReturnType<typeof createMemories>>;

/** @param memories outlive the settings; of namespaces that are gone they are taken out */
export const createOtherNamespaces = (
  places: Places,
  machine: Machine,
  settings: NamespaceSettings,
  ledgers: Ledgers,
  memories: Memories,
): OtherNamespaces => {
  const { procfs } = places;
  const find = createNamespaces(procfs, settings.rootfs, settings);
  /** By inode: of those that were there in the last reading. */
  let remembered = new Map<string, Remembered>();

  const isChosen = (name: string): boolean =>
    settings.collectors.length === 0 || settings.collectors.includes(name);
  const isRead = ({ name, ofHost }: Collector<string, unknown>): boolean => ofHost !== true && isChosen(name);

  const remember = (inode: string): Remembered => {
    const memoryOf = memories.get(inode) ?? createMemories();
    memories.set(inode, memoryOf);
    return { memoryOf, beginLedger: ledgers.of(memoryOf('programs'), false) };
  };

  return {
    begin(asksForOwners, shared) {
      const { others, ...names } = find();
      const sourceOf = directoryOfProcess(places, machine, shared.proceed);
      const met = others.map(namespace => ({
        namespace,
        memory: remembered.get(namespace.inode) ?? remember(namespace.inode),
      }));
      remembered = new Map(met.map(({ namespace, memory }) => [namespace.inode, memory]));
      for (const inode of memories.keys()) if (!remembered.has(inode)) memories.delete(inode);

      const reading = met.map(({ namespace, memory }) => {
        const { netns, container } = namespace;
        // One that nobody settles would keep all from being forgotten.
        const ledger = asksForOwners && isChosen('programs') ? memory.beginLedger() : undefined;
        const standIn = standIns(procfs, namespace, sourceOf);
        return { netns, container, read: readElsewhere(standIn, memory.memoryOf, { ...shared, ledger }) };
      });
      return {
        names: { ...names, others: others.map(nameOf) },
        read: collector =>
          isRead(collector)
            ? reading.flatMap(({ netns, container, read }) => {
                const outcome = read(collector);
                return outcome === undefined ? [] : [{ netns, container, outcome }];
              })
            : [],
      };
    },
    find,
    standIn: (namespace, proceed) =>
      standIns(procfs, namespace, directoryOfProcess(places, machine, proceed))(),
  };
};

/** Gives the next process that is still there; none twice. */
const standIns = (
  procfs: string,
  { inode, pids }: Pick<Namespace, 'inode' | 'pids'>,
  sourceOf: (pid: number) => Source,
): (() => OfProcess | undefined) => {
  const left = [...pids];
  return () => {
    for (let pid = left.shift(); pid !== undefined; pid = left.shift()) {
      const isThere = isInNamespace(procfs, pid, inode);
      const source = sourceOf(pid);
      if (isThere() && isListed(source)) return { source, isThere };
    }
    return undefined;
  };
};

const nameOf = ({ netns, container, pod, inode, isInit }: Namespace): NamespaceName => ({
  ...{ netns, container, pod, inode, isInit },
});

interface Remembered {
  readonly memoryOf: ReturnType<typeof createMemories>;
  readonly beginLedger: () => Ledger;
}

/** Its folder is listed once, and so by this process. */
const isListed = (source: Source): boolean => {
  try {
    return source.offers('net/dev');
  } catch {
    return false;
  }
};

/** Undefined once no process is left that could stand for the namespace: it is gone, or as good as. */
const readElsewhere = (
  standIn: () => OfProcess | undefined,
  memoryOf: Remembered['memoryOf'],
  shared: Omit<Reading, 'sysctl'>,
): ((collector: Collector<string, unknown>) => OneOutcome | undefined) => {
  let there = standIn();
  return inTurn(collector => {
    while (there !== undefined) {
      const { source, isThere } = there;
      if (collector.ofSockets !== true && !isOffered(collector, source))
        return { status: 'absent', seconds: 0 };
      // Whoever entered another namespace since is not read; of a file that is open nothing changes that any more.
      if (isThere()) {
        const takeBack = shared.ledger?.checkpoint();
        const reading = { ...shared, sysctl: sysctlsOf(source) };
        const outcome = readCollector(collector, source, memoryOf(collector.name), reading);
        if (outcome.status === 'ok' || isThere()) return outcome;
        takeBack?.();
      }
      there = standIn();
    }
    return undefined;
  });
};

const isOffered = ({ file, otherwise = [] }: Collector<string, unknown>, source: Source): boolean =>
  [file, ...otherwise].some(each => each.startsWith('net/') && source.offers(each));
