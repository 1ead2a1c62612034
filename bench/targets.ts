/** What the program must reach, held against what was measured. */
import {
  subjects,
  type Memory,
  type Rendering,
  type Results,
  type Scene,
  type ServerName,
  type Subject,
} from './results.ts';
import { median, percentile } from './statistics.ts';

export interface Target {
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  readonly reached: boolean;
}

/** Those that the measured scenes can tell. */
export const targets = ({ scenes, hostSeries, renderings }: Results): readonly Target[] => {
  const scene = (name: Scene['name']) => scenes.find(each => each.name === name);
  return [
    ...ofIdle(scene('idle'), hostSeries),
    ...ofSockets(scene('sockets')),
    ...scenes
      .filter(({ memory }) => memory.ours !== undefined)
      .map(each => atMost(`${each.name}: peak RSS, MB`, peakBytes(each) / 1e6, PEAK_MEGABYTES)),
    ...ofGrowth(scene('a tenth'), scene('sockets')),
    ...ofMany(scene('sockets'), scene('many')),
    ...ofOwners(scene('owners')),
    ...renderings.flatMap(ofRendering),
  ];
};

const IDLE_TIMES_NODE_EXPORTER = 1.2;
const SIX_TIMES_NODE_EXPORTER = 0.4;
const SAME_TIMES_CAT = 0.7;
const LEAN_TIMES_CAT = 0.25;
const EVERYTHING_TIMES_CAT = 1.3;
const SAME_TIMES_NODE_EXPORTER = 0.5;
/** The reading; the answers are rendered one by one. */
const AT_ONCE_TIMES_ONE = 1.5;
/** A socket more is to cost what any other does; the kernel's table has fewer places to look at for each. */
const MANY_TIMES_A_SOCKET = 1.2;
const MANY_TIMES_RESIDENT = 1.1;
const RENDERING_TIMES_PLAIN = 1 / 3;
const RENDERING_SERIES = 10_000;
const PEAK_MEGABYTES = 100;
/** No growth would be 1; the heap of two runs is never quite the same. */
const TIMES_TENTH = 1.1;
const HEALTHY_MILLISECONDS = 25;
const START_MILLISECONDS = 1000;
const SERIES = 1000;
const FIRST_TIMES_NETSTAT = 1 / 6;
const FIRST_TIMES_SS = 1 / 10;
const OWNERS_TIMES_WITHOUT = 1.15;
const NEW_OWNERS_TIMES_WITHOUT = 1.4;
const OWNERS_MEGABYTES = 40;

const ofIdle = (idle: Scene | undefined, hostSeries: number): readonly Target[] => {
  if (idle === undefined) return [];
  return [
    atMost(...ratio(idle, 'same', 'nodeExporter'), IDLE_TIMES_NODE_EXPORTER, 2),
    atMost(...ratio(idle, 'six', 'nodeExporterSix'), SIX_TIMES_NODE_EXPORTER, 2),
    below(
      'idle: from the start to the first answer, ms',
      median(idle.startMs.ours ?? []),
      START_MILLISECONDS,
    ),
    atMost('idle: series with default settings', idle.series.everything ?? NaN, SERIES, 0),
    atMost('series with default settings on this host', hostSeries, SERIES, 0),
  ];
};

const ofSockets = (sockets: Scene | undefined): readonly Target[] => {
  if (sockets === undefined) return [];
  return [
    atMost(...ratio(sockets, 'same', 'cat'), SAME_TIMES_CAT, 2),
    atMost(...ratio(sockets, 'lean', 'cat'), LEAN_TIMES_CAT, 2),
    atMost(...ratio(sockets, 'everything', 'cat'), EVERYTHING_TIMES_CAT, 2),
    below(...ratio(sockets, 'same', 'ss'), 1, 3),
    atMost(...ratio(sockets, 'same', 'nodeExporter'), SAME_TIMES_NODE_EXPORTER, 2),
    below(
      "sockets: RSS / node_exporter's",
      residentBytes(sockets, 'ours') / residentBytes(sockets, 'nodeExporter'),
      1,
      2,
    ),
    ...ofAtOnce(sockets),
    atMost(
      'sockets: /-/healthy under scrapes, p99, ms',
      percentile(sockets.healthyUnderScrapes?.requestsMs ?? [], 0.99),
      HEALTHY_MILLISECONDS,
    ),
  ];
};

const ofAtOnce = (sockets: Scene): readonly Target[] => {
  const { atOnce } = sockets;
  if (atOnce === undefined) return [];
  const { scrapes, cpuMs, residentBytesBefore, residentBytesAfter } = atOnce;
  return [
    atMost(
      `sockets: CPU, ${scrapes} scrapes at once / one`,
      median(cpuMs) / medianCpuMs(sockets, 'same'),
      AT_ONCE_TIMES_ONE,
      2,
    ),
    atMost(
      `sockets: RSS after ${scrapes} scrapes at once / before`,
      residentBytesAfter / residentBytesBefore,
      TIMES_TENTH,
      2,
    ),
  ];
};

const ofMany = (sockets: Scene | undefined, many: Scene | undefined): readonly Target[] => {
  if (sockets === undefined || many === undefined) return [];
  const perSocket = (scene: Scene): number => medianCpuMs(scene, 'same') / scene.sockets;
  return [
    atMost(
      `many: CPU a socket / with ${sockets.sockets} of them`,
      perSocket(many) / perSocket(sockets),
      MANY_TIMES_A_SOCKET,
      2,
    ),
    atMost(
      `many: RSS / with ${sockets.sockets} sockets`,
      residentBytes(many, 'ours') / residentBytes(sockets, 'ours'),
      MANY_TIMES_RESIDENT,
      2,
    ),
  ];
};

const ofRendering = ({ series, oursMs, plainMs }: Rendering): readonly Target[] =>
  series === RENDERING_SERIES
    ? [
        below(
          `rendering ${series} series: time / with labels anew`,
          median(oursMs) / median(plainMs),
          Number(RENDERING_TIMES_PLAIN.toFixed(3)),
          3,
        ),
      ]
    : [];

const ofGrowth = (tenth: Scene | undefined, sockets: Scene | undefined): readonly Target[] => {
  if (tenth === undefined || sockets === undefined) return [];
  return [
    atMost('sockets: peak RSS / with a tenth of them', peakBytes(sockets) / peakBytes(tenth), TIMES_TENTH, 2),
  ];
};

const ofOwners = (owners: Scene | undefined): readonly Target[] => {
  if (owners === undefined) return [];
  const { memory, attributions } = owners;
  const more = (bytes: keyof Memory): number =>
    ((memory.withOwners?.[bytes] ?? NaN) - (memory.withoutOwners?.[bytes] ?? NaN)) / 1e6;
  const first = (subject: 'netstatPrograms' | 'ssPrograms'): readonly [what: string, measured: number] => [
    `owners: CPU, first attribution / ${subjects[subject]}`,
    firstAttributionMs(owners) / medianCpuMs(owners, subject),
  ];
  return [
    atMost(...first('netstatPrograms'), FIRST_TIMES_NETSTAT, 3),
    atMost(...first('ssPrograms'), FIRST_TIMES_SS, 3),
    atMost(...ratio(owners, 'withOwners', 'withoutOwners'), OWNERS_TIMES_WITHOUT, 2),
    atMost(...ratio(owners, 'withOwnersNew', 'withoutOwnersNew'), NEW_OWNERS_TIMES_WITHOUT, 2),
    atMost('owners: RSS beyond that without, MB', more('residentBytes'), OWNERS_MEGABYTES),
    atMost('owners: peak RSS beyond that without, MB', more('peakResidentBytes'), OWNERS_MEGABYTES),
    atMost('owners: answers without the owner of every socket', attributions?.incomplete ?? NaN, 0, 0),
  ];
};

/** A server that starts knows no owner, and its first answer has to find them all. */
export const firstAttributionMs = (owners: Scene): number =>
  beyondMs(owners, 'startWithOwners', 'startWithoutOwners');

/** By so much the median of the one's CPU is above that of the other. */
export const beyondMs = (scene: Scene, one: Subject, other: Subject): number =>
  medianCpuMs(scene, one) - medianCpuMs(scene, other);

const medianCpuMs = ({ costs }: Scene, subject: Subject): number =>
  median((costs[subject] ?? []).map(({ cpuMs }) => cpuMs));

const residentBytes = ({ memory }: Scene, server: ServerName): number => memory[server]?.residentBytes ?? NaN;

const peakBytes = ({ memory }: Scene): number => memory.ours?.peakResidentBytes ?? NaN;

/** Of the medians of CPU. */
const ratio = (scene: Scene, mine: Subject, other: Subject): readonly [what: string, measured: number] => [
  `${scene.name}: CPU, ${subjects[mine]} / ${subjects[other]}`,
  medianCpuMs(scene, mine) / medianCpuMs(scene, other),
];

const atMost = (what: string, measured: number, limit: number, digits = 1): Target => ({
  what,
  limit: `<= ${Number(limit.toFixed(3))}`,
  measured: measured.toFixed(digits),
  reached: measured <= limit,
});

const below = (what: string, measured: number, limit: number, digits = 1): Target => ({
  what,
  limit: `< ${limit}`,
  measured: measured.toFixed(digits),
  reached: measured < limit,
});
