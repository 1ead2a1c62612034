/** What fuzzing begins with: every file of every captured host that a collector reads. */
import type { Collector } from '../../src/collectors/collector.ts';
import { collectors } from '../../src/collectors/index.ts';
import type { Source } from '../../src/procfs/source.ts';
import type { Machine } from '../../src/text/machine.ts';
import { hostNames, hostSource, machineOf } from '../hosts.ts';
import { inChunks } from './mutate.ts';
import type { Random } from './random.ts';

export interface Seed {
  readonly collector: Collector<string, unknown>;
  readonly host: string;
  readonly machine: Machine;
  /** Where the collector finds it. */
  readonly file: string;
  readonly bytes: Buffer;
}

type Open = (source: Source, file: string) => Iterable<Uint8Array> | undefined;

/** @param attributes of the collector, or of its rows */
const openerOf = (
  { attributes, everyFile }: Collector<string, unknown>,
  ofRows: readonly string[] | undefined,
): Open => {
  const wanted = ofRows ?? attributes;
  if (wanted !== undefined) return (source, file) => source.attributes(file, wanted);
  return (source, file) => (everyFile === true ? source.everyFile(file) : source.open(file));
};

const seedsOf = (collector: Collector<string, unknown>, ofRows?: readonly string[]): readonly Seed[] => {
  const open = openerOf(collector, ofRows);
  return hostNames.flatMap(host => {
    const source = hostSource(host);
    return [collector.file, ...(collector.otherwise ?? [])].flatMap(file => {
      const chunks = open(source, file);
      if (chunks === undefined) return [];
      const bytes = Buffer.concat(Array.from(chunks, chunk => Uint8Array.from(chunk)));
      return [{ collector, host, machine: machineOf(host), file, bytes }];
    });
  });
};

const all: readonly Collector<string, unknown>[] = collectors;

export const seeds: readonly Seed[] = all
  .filter(({ ofSockets }) => ofSockets !== true)
  .flatMap(each => seedsOf(each));

export const rowSeeds: readonly Seed[] = all.flatMap(each =>
  each.rows === undefined ? [] : seedsOf(each, each.rows.attributes),
);

/** From which something may come in. */
export const otherFiles: readonly [Buffer, ...Buffer[]] = [
  Buffer.alloc(0),
  ...seeds.map(({ bytes }) => bytes),
];

export const PORT_RANGE = 'sys/net/ipv4/ip_local_port_range';

/** A source hands out no more at a time. */
const CHUNK_BYTES = 65_536;

/** In one piece, as far as it goes. */
export const atOnce = (bytes: Buffer): readonly Uint8Array[] => [bytes.subarray(0, CHUNK_BYTES)];

/** A kernel that has this file, and a sysctl, which comes at once; each opening of the file hands it out in other pieces. */
export const sourceOf = (
  { file, machine }: Pick<Seed, 'file' | 'machine'>,
  bytes: Buffer,
  random: Random,
  sysctl?: Buffer,
): Source => {
  const open = (name: string): Iterable<Uint8Array> | undefined => {
    if (name === file) return inChunks(bytes, random);
    return name === PORT_RANGE && sysctl !== undefined ? atOnce(sysctl) : undefined;
  };
  return { machine, offers: name => name === file, open, attributes: open, everyFile: open };
};
