/** Whole hosts as folders, some of whose files are broken: what is joined of several files, read as the reading thread reads it. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../../../src/collectors/collector.ts';
import { collectors } from '../../../src/collectors/index.ts';
import { createReading } from '../../../src/snapshot/reading.ts';
import { createMaterializer } from '../../materializing.ts';
import { captureOf, type Capture } from '../../snapshot/capture.ts';
import { ofDomains, ofFamilies, ofOutcome, seriesOf } from '../complaints.ts';
import { otherFiles } from '../corpus.ts';
import { mutated } from '../mutate.ts';
import type { Random } from '../random.ts';
import type { Subject } from '../subject.ts';
import { endingOf, ofBothTexts } from './collectors.ts';

const everything = { device: () => true, statistic: () => true, limits: {} };

/** Collectors that are read together, and which files of a captured host they read. */
const scenes = {
  owners: {
    host: 'closewait-a',
    names: ['tcp', 'tcp6', 'udp', 'unix', 'programs'],
    files: /^proc\/(\d+\/(stat|comm|cmdline|cgroup|limits)|net\/(tcp6?|udp|unix))$/,
  },
  interfaces: {
    host: 'netns',
    names: ['dev', 'interfaces', 'dev_snmp6', 'if_inet6'],
    files: /^(sys\/class\/net\/|proc\/net\/(dev|if_inet6|dev_snmp6\/))/,
  },
} as const;

type Scene = keyof typeof scenes;

const MOST_CHANGES = 3;

interface Stage {
  readonly capture: Capture;
  readonly files: readonly [string, ...string[]];
}

const stages = new Map<Scene, Stage>();

const stageOf = (scene: Scene): Stage => {
  const known = stages.get(scene);
  if (known !== undefined) return known;
  const capture = captureOf(scenes[scene].host, {});
  process.on('exit', capture.remove);
  const files = readdirSync(capture.folder, { recursive: true, encoding: 'latin1' })
    .filter(file => scenes[scene].files.test(file) && statSync(place(capture, file)).isFile())
    .sort();
  const [first, ...rest] = files;
  if (first === undefined) throw new Error(`${scene}: no files`);
  const stage = { capture, files: [first, ...rest] as const };
  stages.set(scene, stage);
  return stage;
};

/** Names are bytes. */
const place = ({ folder }: Capture, file: string): Buffer => Buffer.from(join(folder, file), 'latin1');

const all: readonly Collector<string, unknown>[] = collectors;

/** Breaks some files, and gives them back as they were. */
const whileBroken = async <T>(
  { capture, files }: Stage,
  random: Random,
  use: (input: Buffer, how: readonly string[]) => Promise<T>,
): Promise<T> => {
  const before = new Map<string, Buffer>();
  const how: string[] = [];
  let input = Buffer.alloc(0);
  try {
    for (let changes = 1 + random.below(MOST_CHANGES); changes > 0; changes--) {
      const file = random.pick(files);
      const path = place(capture, file);
      const now = readFileSync(path);
      if (!before.has(file)) before.set(file, now);
      const broken = mutated(now, random, otherFiles);
      writeFileSync(path, broken.bytes);
      how.push(...broken.how.map(each => `${file}: ${each}`));
      input = Buffer.concat([input, broken.bytes]);
    }
    return await use(input, how);
  } finally {
    for (const [file, bytes] of before) writeFileSync(place(capture, file), bytes);
  }
};

const folderSubject = (scene: Scene): Subject => {
  const names: readonly string[] = scenes[scene].names;
  const read = all.filter(({ name }) => names.includes(name));
  const materialize = createMaterializer(read, everything);
  return {
    name: `${scene} in folders`,
    kind: 'folders',
    attempt: random =>
      whileBroken(stageOf(scene), random, async (input, how) => {
        const readAll = createReading(stageOf(scene).capture.settings);
        const complaints: string[] = [];
        let ending = 'absent';
        // Of the second reading much is known.
        for (let readings = 0; readings < 2; readings++) {
          const outcomes = new Map(readAll(names));
          const { families } = materialize(outcomes);
          for (const collector of read) {
            const outcome = outcomes.get(collector.name);
            if (outcome === undefined || outcome.status === 'absent') continue;
            ending = endingOf(outcome);
            // Owners fail with the table whose sockets are unknown.
            const places = read.map(({ file }) => file);
            complaints.push(...ofOutcome(places, outcome));
            complaints.push(...ofDomains(collector, outcome, Math.min(seriesOf(families, collector), 1)));
          }
          complaints.push(
            ...ofFamilies(families),
            ...(await ofBothTexts(families, 20_000 + input.length, random)),
          );
        }
        return { input, how, ending, complaints };
      }),
  };
};

export const folderSubjects: readonly Subject[] = (['owners', 'interfaces'] as const).map(folderSubject);
