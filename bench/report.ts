/** What was measured, in words and columns. */
import {
  servers,
  subjects,
  type Latency,
  type Machine,
  type Rendering,
  type Results,
  type Scene,
  type ServerName,
  type Subject,
} from './results.ts';
import { median, percentile, summarize, type Summary } from './statistics.ts';
import { beyondMs, firstAttributionMs, targets } from './targets.ts';

export const machineReport = (machine: Omit<Machine, 'load'>): string =>
  rows([
    ['kernel', machine.kernel],
    ['CPU', `${machine.cpu}, ${machine.cores} cores`],
    ['memory', `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
    ['Node.js', machine.node],
    ['against', machine.tools.join(', ')],
    ['tcp_ehash_entries', machine.tcpHashEntries],
  ]);

export const sceneReport = (scene: Scene): string =>
  [
    `Scene "${scene.name}": ${told(scene.sockets)} sockets, ${roundsOf(scene)} rounds`,
    '',
    costs(scene),
    '',
    rows([
      ...keys(servers).flatMap(name => serverRows(scene, name)),
      ...healthyRows(scene),
      ...atOnceRows(scene),
      ...ownersRows(scene),
      ...(scene.reconnects === 0 ? [] : [['connections lost', String(scene.reconnects)] as const]),
    ]),
  ].join('\n');

/** Empty where none were measured. */
export const renderingReport = (renderings: readonly Rendering[]): string =>
  renderings
    .flatMap(({ series, oursMs, plainMs }) => [
      `rendering ${told(series)} series, ${oursMs.length} rounds: median (min - max) ms`,
      rows([
        ['ours', spread(summarize(oursMs))],
        ['prom-client, labels anew', spread(summarize(plainMs))],
      ]),
      '',
    ])
    .join('\n');

export const targetReport = (results: Results): string =>
  [
    'What it must reach',
    '',
    rows(
      targets(results).map(({ what, limit, measured, reached }) => [
        what,
        `${limit.padEnd(10)} ${measured.padStart(10)}  ${reached ? 'yes' : 'NO'}`,
      ]),
    ),
    '',
    `load of the machine before and after: ${results.machine.load.map(load => load.toFixed(2)).join(', ')}`,
  ].join('\n');

const costs = (scene: Scene): string => {
  const row = (cells: readonly string[]) =>
    `  ${(cells[0] ?? '').padEnd(24)}${cells
      .slice(1)
      .map((cell, column) => (column < 2 ? cell.padStart(25) : `  ${cell}`))
      .join('')}`.trimEnd();
  const lines = keys(subjects).flatMap(subject => {
    const measured = scene.costs[subject];
    if (measured === undefined) return [];
    const cpu = summarize(measured.map(({ cpuMs }) => cpuMs));
    const wall = summarize(measured.map(({ wallMs }) => wallMs));
    const times = cpu.count === roundsOf(scene) ? [] : [`${cpu.count} times`];
    return [row([subjects[subject], spread(cpu), spread(wall), ...times])];
  });
  return [row(['median (min - max), ms', 'CPU', 'wall']), ...lines].join('\n');
};

const roundsOf = ({ costs }: Scene): number => (costs.same ?? costs.withOwners ?? []).length;

const spread = ({ median, min, max }: Summary): string => `${ms(median)} (${ms(min)} - ${ms(max)})`;

type Row = readonly [what: string, measured: string];

const serverRows = (scene: Scene, name: ServerName): readonly Row[] => {
  const memory = scene.memory[name];
  if (memory === undefined) return [];
  const starts = scene.startMs[name] ?? [];
  return [
    [
      `RSS of ${servers[name]}`,
      `${megabytes(memory.residentBytes)}, at its peak ${megabytes(memory.peakResidentBytes)}`,
    ],
    [
      `CPU besides, ${servers[name]}`,
      `${ms(scene.besidesMs[name] ?? NaN)} ms a round outside of its scrapes`,
    ],
    ...(starts.length === 0
      ? []
      : [
          [
            `start of ${servers[name]}`,
            `${spread(summarize(starts))} ms to its first answer, ${starts.length} starts`,
          ] as const,
        ]),
    ...answersOf[name].map((subject): Row => [
      `answer, ${subjects[subject]}`,
      `${told(scene.series[subject] ?? NaN)} series, ${told(scene.bodyBytes[subject] ?? NaN)} bytes sent`,
    ]),
  ];
};

const answersOf: Readonly<Record<ServerName, readonly Subject[]>> = {
  ours: ['same', 'everything'],
  nodeExporter: ['nodeExporter'],
  nodeExporterSix: ['nodeExporterSix'],
  withOwners: ['withOwners'],
  withoutOwners: ['withoutOwners'],
  lean: ['lean'],
  everyNamespace: [],
  withTables: [],
};

const healthyRows = ({ healthyAtRest, healthyUnderScrapes }: Scene): readonly Row[] => {
  if (healthyAtRest === undefined || healthyUnderScrapes === undefined) return [];
  return [
    ['/-/healthy at rest', latency(healthyAtRest)],
    [
      '/-/healthy under scrapes',
      `${latency(healthyUnderScrapes)}, during ${healthyUnderScrapes.scrapes} scrapes`,
    ],
  ];
};

const atOnceRows = ({ atOnce }: Scene): readonly Row[] => {
  if (atOnce === undefined) return [];
  const { scrapes, cpuMs, residentBytesBefore, residentBytesAfter } = atOnce;
  return [
    [
      `${scrapes} scrapes at once`,
      `${spread(summarize(cpuMs))} ms of CPU together, RSS ${megabytes(residentBytesBefore)} before and ${megabytes(residentBytesAfter)} after`,
    ],
  ];
};

const ownersRows = (scene: Scene): readonly Row[] => {
  const { attributions } = scene;
  if (attributions === undefined) return [];
  return [
    [
      'first attribution',
      `${ms(firstAttributionMs(scene))} ms of CPU: what a start with owners takes beyond one without`,
    ],
    [
      'a later scrape',
      `${ms(beyondMs(scene, 'withOwners', 'withoutOwners'))} ms of CPU for owners, ${ms(beyondMs(scene, 'withOwnersNew', 'withoutOwnersNew'))} ms with 1 % new sockets`,
    ],
    [
      'owners',
      `of every socket in ${told(attributions.answers - attributions.incomplete)} of ${told(attributions.answers)} answers, at worst ${told(attributions.mostMissing)} sockets without one`,
    ],
  ];
};

const latency = ({ requestsMs }: Latency): string =>
  `p50 ${ms(median(requestsMs))}, p99 ${ms(percentile(requestsMs, 0.99))}, max ${ms(summarize(requestsMs).max)} ms of ${requestsMs.length} requests`;

const rows = (pairs: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...pairs.map(([left]) => left.length)) + 2;
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join('\n');
};

const keys = <Key extends string>(record: Readonly<Record<Key, unknown>>): readonly Key[] =>
  Object.keys(record) as Key[];

const ms = (value: number): string => value.toFixed(value < 100 ? 2 : 0);
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const told = (count: number): string => count.toLocaleString('en-US');
