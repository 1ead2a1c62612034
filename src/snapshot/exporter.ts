/** What the exporter tells about itself: which build, which namespace it reads, and what it costs. */
import type { NetworkNamespace } from '../procfs/source.ts';
import { familyOf } from '../collectors/collector.ts';

export interface Exporter extends NetworkNamespace {
  readonly version: string;
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
    help: 'Always 1: the network namespace whose files are read, and whether it is the one of process 1; in a container that should see its host, is_init="false" means that it does not.',
    labels: [
      { name: 'netns', limit: 1, surplus: 'left out' },
      { name: 'is_init', of: 'netns' },
    ],
    sample({ netns, isInit }, emit) {
      emit(1, netns, isInit);
    },
  }),
] as const;

const MICROSECONDS = 1e-6;

/** Names of the Prometheus client libraries, and so without our prefix. */
export const processFamilies = [
  familyOf<NodeJS.Process>()({
    name: 'process_cpu_seconds_total',
    kind: 'counter',
    help: 'CPU time of the exporter, user and system.',
    labels: [],
    sample(process, emit) {
      const { user, system } = process.cpuUsage();
      emit((user + system) * MICROSECONDS);
    },
  }),
  familyOf<NodeJS.Process>()({
    name: 'process_resident_memory_bytes',
    kind: 'gauge',
    help: 'Resident memory of the exporter.',
    labels: [],
    sample(process, emit) {
      emit(process.memoryUsage.rss());
    },
  }),
  familyOf<NodeJS.Process>()({
    name: 'process_start_time_seconds',
    kind: 'gauge',
    help: 'When the exporter started, in seconds since 1970.',
    labels: [],
    sample(_process, emit) {
      emit(performance.timeOrigin / 1000);
    },
  }),
  familyOf<NodeJS.Process>()({
    name: 'nodejs_heap_size_used_bytes',
    kind: 'gauge',
    help: 'JavaScript heap in use on the main thread; the reading thread has one of its own.',
    labels: [],
    sample(process, emit) {
      emit(process.memoryUsage().heapUsed);
    },
  }),
] as const;
