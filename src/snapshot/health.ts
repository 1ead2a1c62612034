/** What the exporter tells about its own collectors: a reading that went wrong must be told from a quiet host. */
import { collectors } from '../collectors/index.ts';
import { familyOf, type Collector } from '../collectors/collector.ts';
import type { Materialized } from './materialize.ts';
import { NAMESPACES_LIMIT } from './other-namespaces.ts';
import {
  failureReasons,
  readerReasons,
  type FailureReason,
  type OneOutcome,
  type Snapshot,
} from './outcome.ts';

export interface Health {
  readonly snapshot: Snapshot;
  readonly materialized: Pick<Materialized, 'series' | 'folded'>;
}

const metric = familyOf<Health>();
const perCollector = { name: 'collector', values: collectors.map((each): string => each.name) } as const;

/** Those whose sockets can be read two ways. */
const perReader = {
  name: 'collector',
  values: collectors
    .filter(({ overNetlink }: Collector<string, unknown>) => overNetlink !== undefined)
    .map((each): string => each.name),
} as const;

const perNamespace = [
  { name: 'netns', limit: NAMESPACES_LIMIT + 1, surplus: 'left out' },
  { name: 'container', of: 'netns' },
] as const;

/** A namespace with what became of each collector that was read in it. */
interface InNamespace {
  readonly netns: string;
  readonly container: string;
  readonly outcomes: Map<string, OneOutcome>;
}

/** Where several namespaces are read: that of the host first, the others in the order in which they were read. */
const byNamespace = (snapshot: Snapshot): readonly InNamespace[] => {
  const all = new Map<string, InNamespace>();
  for (const [collector, { namespaces = [] }] of snapshot) {
    for (const { netns, container, outcome } of namespaces) {
      const known = all.get(netns) ?? { netns, container, outcomes: new Map<string, OneOutcome>() };
      known.outcomes.set(collector, outcome);
      all.set(netns, known);
    }
  }
  return [...all.values()];
};

/** A file that could not be read, or not to its end, is there; at a deadline nobody knows. */
const reasonsOfPresence: readonly FailureReason[] = ['io', 'limit', 'parse', 'permission'];

export const healthFamilies = [
  metric({
    name: 'scrape_collector_success',
    kind: 'gauge',
    help: 'Whether the collector did its work: 0 means that its metrics are missing from this scrape; a file that this kernel does not have is no failure.',
    labels: [perCollector],
    sample({ snapshot }, emit) {
      for (const [name, { status }] of snapshot) emit(Number(status !== 'failed'), name);
    },
  }),
  metric({
    name: 'scrape_collector_duration_seconds',
    kind: 'gauge',
    help: 'How long reading and folding the kernel file took; tcp and tcp6 over netlink both have the time of the one answer that tells both. No series where this kernel does not have it.',
    labels: [perCollector],
    sample({ snapshot }, emit) {
      for (const [name, { status, seconds }] of snapshot) {
        if (status !== 'absent') emit(seconds, name);
      }
    },
  }),
  metric({
    name: 'scrape_collector_present',
    kind: 'gauge',
    help: 'Whether this kernel has the file: 0 where the feature is not built in, its module not loaded or the address family off. No series where a failure left it unknown.',
    labels: [perCollector],
    sample({ snapshot }, emit) {
      for (const [name, outcome] of snapshot) {
        if (outcome.status !== 'failed') emit(Number(outcome.status === 'ok'), name);
        else if (reasonsOfPresence.includes(outcome.reason)) emit(1, name);
      }
    },
  }),
  metric({
    name: 'scrape_collector_skipped_lines',
    kind: 'gauge',
    help: 'Lines of the kernel file that could not be read and are not counted, wholly or in part; the log shows the first of them.',
    labels: [perCollector],
    sample({ snapshot }, emit) {
      for (const [name, outcome] of snapshot) {
        if (outcome.status === 'ok') emit(outcome.skipped.count, name);
      }
    },
  }),
  metric({
    name: 'scrape_collector_failure_info',
    kind: 'gauge',
    help: 'Always 1, only for collectors that failed: why. The log has the whole sentence.',
    labels: [perCollector, { name: 'reason', values: failureReasons }],
    sample({ snapshot }, emit) {
      for (const [name, outcome] of snapshot) {
        if (outcome.status === 'failed') emit(1, name, outcome.reason);
      }
    },
  }),
  metric({
    name: 'exporter_socket_reader_info',
    kind: 'gauge',
    help: 'Always 1: which way the sockets were read, and why: "chosen" by the user, "cheaper" than the other, or from the file because the package koffi is missing ("package"), the files are those of another network namespace than ours ("namespace"), or netlink is "unsupported", denied ("permission"), does not answer ("timeout"), was "interrupted" by changes again and again or failed otherwise ("io").',
    labels: [
      perReader,
      { name: 'reader', values: ['netlink', 'procfs'] },
      { name: 'reason', values: readerReasons },
    ],
    sample({ snapshot }, emit) {
      for (const [name, outcome] of snapshot) {
        if (outcome.status !== 'ok' || outcome.readBy === undefined) continue;
        emit(1, name, outcome.readBy.reader, outcome.readBy.reason);
      }
    },
  }),
  metric({
    name: 'scrape_netns_success',
    kind: 'gauge',
    help: 'Whether all collectors did their work in this network namespace, only with namespaces.mode "all": 0 means that some of its metrics are missing from this scrape.',
    labels: perNamespace,
    sample({ snapshot }, emit) {
      for (const { netns, container, outcomes } of byNamespace(snapshot))
        emit(Number([...outcomes.values()].every(({ status }) => status !== 'failed')), netns, container);
    },
  }),
  metric({
    name: 'scrape_netns_duration_seconds',
    kind: 'gauge',
    help: 'How long reading and folding the kernel files of this network namespace took, only with namespaces.mode "all".',
    labels: perNamespace,
    sample({ snapshot }, emit) {
      for (const { netns, container, outcomes } of byNamespace(snapshot)) {
        const times = [...outcomes.values()].map(({ seconds }) => seconds);
        emit(
          times.reduce((sum, each) => sum + each, 0),
          netns,
          container,
        );
      }
    },
  }),
  metric({
    name: 'exporter_lean_info',
    kind: 'gauge',
    help: 'Always 1, only where the sockets were read lean, as the user chose: of those that are ESTABLISHED the number is exposed, taken from the totals of the kernel, and all else about them is left out.',
    labels: [perReader],
    sample({ snapshot }, emit) {
      for (const [name, outcome] of snapshot) {
        if (outcome.status === 'ok' && outcome.readBy?.extent === 'lean') emit(1, name);
      }
    },
  }),
  metric({
    name: 'scrape_series',
    kind: 'gauge',
    help: 'Series that the collector gave to this scrape.',
    labels: [perCollector],
    sample({ materialized }, emit) {
      for (const [name, count] of materialized.series) emit(count, name);
    },
  }),
  metric({
    name: 'scrape_folded_values',
    kind: 'gauge',
    help: 'Values of a label that were beyond its limit and went into "other" or were left out; only where there are any.',
    labels: [perCollector, { name: 'label', limit: 16, surplus: 'left out' }],
    sample({ materialized }, emit) {
      for (const [name, labels] of materialized.folded) {
        for (const [label, count] of labels) emit(count, name, label);
      }
    },
  }),
] as const;
