/** What the exporter tells about itself: which build, which namespace it reads, and what it costs. */
import { unreadReasons } from '../procfs/namespaces.ts';
import type { NetworkNamespace } from '../procfs/source.ts';
import { familyOf } from '../collectors/collector.ts';
import { NAMESPACES_LIMIT, type NamespacesRead } from './other-namespaces.ts';

export interface Exporter extends NetworkNamespace {
  readonly version: string;
  /** Undefined where one is read. */
  readonly namespaces?: NamespacesRead | undefined;
}

export const exporterFamilies = [
  familyOf<Exporter>()({
    name: 'exporter_build_info',
    kind: 'gauge',
    help: 'Always 1: the version of the exporter and of the Node.js that runs it.',
    labels: [
      { name: 'version', limit: 1, surplus: 'left out' },
      { name: 'node_version', of: 'version' },
    ],
    sample({ version }, emit) {
      emit(1, version, process.versions.node);
    },
  }),
  familyOf<Exporter>()({
    name: 'exporter_netns_info',
    kind: 'gauge',
    help: 'Always 1: the network namespace whose files are read, and whether it is the one of process 1; in a container that should see its host, is_init="false" means that it does not. With namespaces.mode "all" one for each that is read, with its inode, and the container and the pod of its first process.',
    labels: [
      { name: 'netns', limit: NAMESPACES_LIMIT + 1, surplus: 'left out' },
      { name: 'is_init', of: 'netns' },
      { name: 'inode', of: 'netns' },
      { name: 'container', of: 'netns' },
      { name: 'pod', of: 'netns' },
    ],
    sample({ netns, isInit, namespaces }, emit) {
      if (namespaces === undefined) emit(1, netns, isInit, '', '', '');
      for (const each of namespaces === undefined ? [] : [namespaces.home, ...namespaces.others])
        emit(1, each.netns, each.isInit, each.inode, each.container, each.pod);
    },
  }),
  familyOf<Exporter>()({
    name: 'exporter_netns_unread',
    kind: 'gauge',
    help: 'Network namespaces that are there and not read, only with namespaces.mode "all": "excluded" by the user, beyond the "limit", or with a name below /run/netns and without a "process", below which alone they could be read.',
    labels: [{ name: 'reason', values: unreadReasons }],
    sample({ namespaces }, emit) {
      if (namespaces === undefined) return;
      for (const reason of unreadReasons) emit(namespaces.unread[reason], reason);
    },
  }),
  familyOf<Exporter>()({
    name: 'exporter_netns_hidden_processes',
    kind: 'gauge',
    help: 'Processes whose network namespace is not ours to see, or that are beyond the first 65,536, only with namespaces.mode "all": those in which all processes are hidden are not read, which takes root or CAP_SYS_PTRACE (links PID/ns/net).',
    labels: [],
    sample({ namespaces }, emit) {
      if (namespaces !== undefined) emit(namespaces.hiddenProcesses);
    },
  }),
] as const;

/** A family with one series; without one where there is no value. */
const single = <T>(
  name: string,
  kind: 'counter' | 'gauge',
  help: string,
  value: (data: T) => number | undefined,
) =>
  familyOf<T>()({
    name,
    kind,
    help,
    labels: [],
    sample(data, emit) {
      const number = value(data);
      if (number !== undefined) emit(number);
    },
  });

/** How the configuration in effect came to be: only a server can be told to read it again. */
export interface ConfigState {
  readonly isLastReloadSuccessful: boolean;
  /** Seconds since 1970. */
  readonly loadedAtSeconds: number;
}

export const configFamilies = [
  single<ConfigState>(
    'exporter_config_last_reload_successful',
    'gauge',
    'Whether the configuration and the web configuration could be read when that was last tried: 0 means that an older one is in effect, and the log tells what is wrong with the files.',
    each => Number(each.isLastReloadSuccessful),
  ),
  single<ConfigState>(
    'exporter_config_last_reload_success_timestamp_seconds',
    'gauge',
    'When the configuration in effect was read, in seconds since 1970.',
    each => each.loadedAtSeconds,
  ),
] as const;

/** What the process has used up to now. */
export interface Usage {
  readonly cpuSeconds: number;
  /** Undefined where it cannot be read, as without a descriptor left. */
  readonly residentBytes: number | undefined;
  readonly heapBytes: number | undefined;
}

const MICROSECONDS_PER_SECOND = 1e6;

export const usage = (): Usage => {
  const { user, system } = process.cpuUsage();
  const memory = memoryInUse();
  return {
    cpuSeconds: (user + system) / MICROSECONDS_PER_SECOND,
    residentBytes: memory?.rss,
    heapBytes: memory?.heapUsed,
  };
};

const memoryInUse = (): NodeJS.MemoryUsage | undefined => {
  try {
    return process.memoryUsage();
  } catch {
    return undefined;
  }
};

/** Names of the Prometheus client libraries, and so without our prefix. */
export const processFamilies = [
  single<Usage>(
    'process_cpu_seconds_total',
    'counter',
    'CPU time of the exporter, user and system.',
    each => each.cpuSeconds,
  ),
  single<Usage>(
    'process_resident_memory_bytes',
    'gauge',
    'Resident memory of the exporter.',
    each => each.residentBytes,
  ),
  single<Usage>(
    'process_start_time_seconds',
    'gauge',
    'When the exporter started, in seconds since 1970.',
    () => performance.timeOrigin / 1000,
  ),
  single<Usage>(
    'nodejs_heap_size_used_bytes',
    'gauge',
    'JavaScript heap in use on the main thread; the reading thread has one of its own.',
    each => each.heapBytes,
  ),
] as const;
