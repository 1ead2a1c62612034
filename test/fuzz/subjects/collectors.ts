/** Every collector, from every captured file that it reads, all the way to the text of both formats. */
import type { Memory } from '../../../src/collectors/collector.ts';
import type { MetricFamily } from '../../../src/metrics/family.ts';
import type { Selection } from '../../../src/snapshot/materialize.ts';
import { createMemories } from '../../../src/snapshot/memory.ts';
import type { Outcome } from '../../../src/snapshot/outcome.ts';
import { readCollector } from '../../../src/snapshot/read.ts';
import { createExposition } from '../../exposing.ts';
import { createMaterializer } from '../../materializing.ts';
import {
  countersIn,
  ofDomains,
  ofFamilies,
  ofOutcome,
  ofProgress,
  ofText,
  seriesOf,
  unusableLines,
} from '../complaints.ts';
import { atOnce, otherFiles, PORT_RANGE, seeds, sourceOf, type Seed } from '../corpus.ts';
import { GIGANTIC_BYTES, mutated } from '../mutate.ts';
import type { Random } from '../random.ts';
import type { Subject, Trial } from '../subject.ts';

const everything: Selection = { device: () => true, statistic: () => true, limits: {} };
const little: Selection = {
  device: name => name !== 'lo',
  statistic: (_name, tier) => tier !== 'all',
  limits: { device: 2, port: 1, user: 1, counter: 3, group: 1 },
};

/** What reading a file of one gigantic line may take, which is a line at the limit and some room. */
const READING_BYTES_LIMIT = 4_000_000;
/** Of the text for a byte of the file: a device has some twenty series. */
const TEXT_BYTES_A_BYTE = 256;
const TEXT_BYTES = 1_000_000;

const heldBytes = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

export const endingOf = (outcome: Outcome): string => {
  if (outcome.status !== 'ok')
    return outcome.status === 'failed' ? `failed ${outcome.reason}` : outcome.status;
  return outcome.skipped.count === 0 ? 'ok' : 'skipped';
};

/** What a collector has said, without how long it took. */
const told = (outcome: Outcome, families: readonly MetricFamily[]): string =>
  JSON.stringify([
    { ...outcome, data: undefined, seconds: undefined },
    families.map(({ name, samples }) => [name, samples.map(({ labels, value }) => [labels, value])]),
  ]);

/** Families whose text was read back, by all that it is made of: of millions of inputs most have the same zeros. */
const proven = new Set<string>();
const PROVEN_LIMIT = 20_000;
/** Longer ones are rare, and would take much memory. */
const KEY_LENGTH_LIMIT = 2000;

const isNew = ({ name, samples }: MetricFamily): boolean => {
  const key = JSON.stringify([name, samples]);
  if (key.length > KEY_LENGTH_LIMIT) return true;
  if (proven.size === PROVEN_LIMIT) proven.clear();
  return proven.size < proven.add(key).size;
};

/** Both formats, read back. Of families that were read back before only some; what is found is found again without them. */
export const ofBothTexts = async (
  families: readonly MetricFamily[],
  inputBytes: number,
  random: Random,
): Promise<readonly string[]> => {
  const fresh = families.filter(isNew);
  const rendered = random.oneIn(32) ? families : fresh;
  if (rendered.length === 0 && families.length > 0) return [];
  const expose = createExposition();
  const complaints: string[] = [];
  for (const format of ['classic', 'openmetrics'] as const) {
    const text = Buffer.from(await expose(rendered, format));
    if (text.length > TEXT_BYTES + TEXT_BYTES_A_BYTE * inputBytes)
      complaints.push(`too much text: ${text.length} bytes of ${inputBytes}`);
    complaints.push(...ofText(rendered, text, format));
  }
  return complaints;
};

/** Takes note of whether a collector keeps counters itself. */
const watched = (memory: Memory): { readonly memory: Memory; readonly isCounting: () => boolean } => {
  let isCounting = false;
  return {
    isCounting: () => isCounting,
    memory: {
      ...memory,
      increments(of) {
        isCounting = true;
        return memory.increments(of);
      },
      changes(fingerprint) {
        isCounting = true;
        return memory.changes(fingerprint);
      },
    },
  };
};

const SYSCTL = Buffer.from('32768\t60999\n');

const subjectOf = (seed: Seed): Subject => {
  const { collector, file, bytes: original } = seed;
  const places = [file];
  const choices = [everything, little].map(selection => ({
    limits: selection.limits,
    materialize: createMaterializer([collector], selection),
  }));

  const read = (bytes: Buffer, memory: Memory, random: Random, sysctl: Buffer) => {
    const outcome = readCollector(collector, sourceOf(seed, bytes, random, sysctl), memory);
    return { outcome, memory };
  };

  return {
    name: `${collector.name} of ${seed.host}${file === collector.file ? '' : ` in ${file}`}`,
    kind: collector.name,
    async attempt(random): Promise<Trial> {
      const { bytes, how } = mutated(original, random, otherFiles);
      const sysctl = random.oneIn(8) ? mutated(SYSCTL, random, [original]).bytes : SYSCTL;
      const { limits, materialize } = choices[random.oneIn(4) ? 1 : 0] ?? {};
      const familiesOf = (outcome: Outcome): readonly MetricFamily[] =>
        outcome.status === 'ok' || random.oneIn(16)
          ? (materialize?.(new Map([[collector.name, outcome]])).families ?? [])
          : [];
      const { memory, isCounting } = watched(createMemories()(collector.name));
      const complaints: string[] = [];

      // A program that runs has read something before, and reads something behind it.
      const before = random.oneIn(6) ? read(original, memory, random, SYSCTL).outcome : undefined;
      const countersBefore = before && countersIn(familiesOf(before));

      const isGigantic = bytes.length >= GIGANTIC_BYTES;
      const held = isGigantic ? heldBytes() : 0;
      const { outcome } = read(bytes, memory, random, sysctl);
      const taken = isGigantic ? heldBytes() - held : 0;
      if (taken > READING_BYTES_LIMIT)
        complaints.push(`memory: ${taken} bytes for a file of ${bytes.length}`);

      const families = familiesOf(outcome);
      complaints.push(
        ...ofOutcome(places, outcome, unusableLines(bytes)),
        ...ofFamilies(families),
        ...ofDomains(collector, outcome, seriesOf(families, collector), limits),
        ...(await ofBothTexts(families, bytes.length, random)),
      );
      if (countersBefore !== undefined && isCounting())
        complaints.push(...ofProgress(countersBefore, countersIn(families)));

      if (before === undefined && random.oneIn(8)) {
        // The pieces in which a file comes change nothing.
        const whole = { ...sourceOf(seed, bytes, random, sysctl), ...inOnePiece(file, bytes, sysctl) };
        const again = readCollector(collector, whole, createMemories()(collector.name));
        if (told(again, familiesOf(again)) !== told(outcome, families))
          complaints.push('what is read depends on where the pieces of the file end');
      }
      return { input: bytes, how, ending: endingOf(outcome), complaints };
    },
  };
};

const inOnePiece = (file: string, bytes: Buffer, sysctl: Buffer) => {
  const open = (name: string): Iterable<Uint8Array> | undefined =>
    name === file ? [bytes] : name === PORT_RANGE ? atOnce(sysctl) : undefined;
  return { open, attributes: open, everyFile: open };
};

export const collectorSubjects: readonly Subject[] = seeds.map(subjectOf);
