/** Kernel text read through a collector the way the program does it; the only thing put in its place is the disk. */
import assert from 'node:assert/strict';
import type { Collector, Memory } from '../../src/collectors/collector.ts';
import type { MetricFamily, Tier } from '../../src/metrics/family.ts';
import { memory, type Source } from '../../src/procfs/source.ts';
import type { Selection } from '../../src/snapshot/materialize.ts';
import { createMemories } from '../../src/snapshot/memory.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import { readCollector } from '../../src/snapshot/read.ts';
import type { Machine } from '../../src/text/machine.ts';
import { hostSource } from '../hosts.ts';
import { createMaterializer } from '../materializing.ts';

export type AnyCollector = Collector<string, unknown>;

export const littleEndian: Machine = { byteOrder: 'little', pageSizeBytes: 4096, ticksPerSecond: 100 };

export const everything: Selection = { device: () => true, statistic: () => true, limits: {} };

export const onlyTier = (wanted: Tier): Selection => ({
  ...everything,
  statistic: (_name, tier) => tier === wanted,
});

export interface Reading {
  readonly outcome: Outcome;
  /** `absent`, `ok`, `ok, 1 skipped: net/tcp:2: …`, `failed parse: net/snmp:2: …`. */
  readonly report: string;
  /** `name{label="value"} 1`, sorted, without the program's prefix. */
  readonly samples: readonly string[];
  /** Those that are not 0. */
  readonly counted: readonly string[];
}

/** One reading of a file that holds this text, byte for character; undefined where there is no such file. */
export const read = (
  collector: AnyCollector,
  text: string | undefined,
  selection = everything,
  remembered: Memory = createMemories()(collector.name),
): Reading => {
  const source = memory(text === undefined ? {} : { [collector.file]: text }, littleEndian);
  return readSource(collector, source, selection, remembered);
};

export const readSource = (
  collector: AnyCollector,
  source: Source,
  selection = everything,
  remembered: Memory = createMemories()(collector.name),
): Reading => {
  const outcome = readCollector(collector, source, remembered);
  const { families } = createMaterializer([collector], selection)(new Map([[collector.name, outcome]]));
  const samples = families.flatMap(asLines).sort();
  return {
    outcome,
    report: reportOf(outcome),
    samples,
    counted: samples.filter(sample => !sample.endsWith(' 0')),
  };
};

/** What a captured host has of the file; undefined where it has none. */
export const capturedFile = (
  { file, attributes, everyFile }: AnyCollector,
  host: string,
): Buffer | undefined => {
  const source = hostSource(host);
  const chunks =
    attributes !== undefined
      ? source.attributes(file, attributes)
      : everyFile === true
        ? source.everyFile(file)
        : source.open(file);
  return chunks === undefined ? undefined : Buffer.concat(Array.from(chunks, chunk => Buffer.from(chunk)));
};

/** The samples of a text that must hold nothing to complain about. */
export const samplesOf = (
  collector: AnyCollector,
  text: string,
  selection = everything,
): readonly string[] => {
  const { report, samples } = read(collector, text, selection);
  assert.equal(report, 'ok');
  return samples;
};

/** Those that are not 0. */
export const countedIn = (collector: AnyCollector, text: string): readonly string[] => {
  const { report, counted } = read(collector, text);
  assert.equal(report, 'ok');
  return counted;
};

/** Without those by port and by user, which have tests of their own. */
export const unkeyed = (samples: readonly string[]): readonly string[] =>
  samples.filter(sample => !/^(port|peer_port|user)_sockets\{/.test(sample));

/** The samples of one family, its name left out. */
export const familyIn = (samples: readonly string[], name: string): readonly string[] =>
  samples.filter(sample => /^[a-z0-9_]+/.exec(sample)?.[0] === name).map(sample => sample.slice(name.length));

/** Readings one after the other by a program that keeps running. */
export const repeatedly = (collector: AnyCollector): ((text: string) => Reading) => {
  const remembered = createMemories()(collector.name);
  return text => read(collector, text, everything, remembered);
};

export const reportOf = (outcome: Outcome): string => {
  if (outcome.status === 'absent') return 'absent';
  if (outcome.status === 'failed') return `failed ${outcome.reason}: ${outcome.message}`;
  const { count, examples } = outcome.skipped;
  return count === 0 ? 'ok' : `ok, ${count} skipped: ${examples.join('; ')}`;
};

export const lines = (...each: readonly string[]): string => each.map(line => `${line}\n`).join('');

const asLines = ({ name, labels, samples }: MetricFamily): readonly string[] =>
  samples.map(sample => {
    const pairs = labels.map((label, i) => `${label}="${sample.labels[i] ?? ''}"`).join(',');
    return `${name.replace(/^netstat_/, '')}${pairs === '' ? '' : `{${pairs}}`} ${sample.value}`;
  });
