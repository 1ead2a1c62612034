/**
 * `npm run soak`: scrapes while everything comes and goes, for as long as one likes. docs/soak.md says what is held against what. What is started ends with
 * this process, however it ends.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { held, verdictsOn, type Verdict } from './levels.ts';
import { printed, start } from './processes.ts';
import { soakedServers, type ServerSoak, type Soak, type Soaked } from './soaking.ts';
import { plotOf } from './soak-plot.ts';

/** Files and pipes that a scrape more or less may hold open at the moment of counting. */
const DESCRIPTORS_BEYOND = 4;
const RESIDENT_BYTES_LIMIT = 250e6;
/** For what has to end after the scrapes. */
const ENDING_SECONDS_LIMIT = 180;

interface Options {
  readonly seconds: number;
  readonly json: string | undefined;
  readonly svg: string | undefined;
}

const usage = `usage: npm run soak -- [--minutes=N] [--json=FILE] [--svg=FILE]

  --minutes=N   How long, a fraction of a minute at the least. (default: 20)
  --json=FILE   Write all numbers there.
  --svg=FILE    Draw what the servers held there.
`;

const optionsIn = (argv: readonly string[]): Options | undefined => {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        minutes: { type: 'string', default: '20' },
        json: { type: 'string' },
        svg: { type: 'string' },
      },
    });
    const seconds = Number(values.minutes) * 60;
    return seconds > 0 && seconds < 1e6 ? { seconds, json: values.json, svg: values.svg } : undefined;
  } catch {
    return undefined;
  }
};

/** In namespaces of its own, so that nothing else of the machine is read, and nothing that it does is seen elsewhere. */
const soakedFor = async (seconds: number): Promise<Soak> => {
  const started = await start(
    'unshare',
    [
      ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'],
      'mount -t sysfs sysfs /sys && mount -t tmpfs tmpfs /run && ip link set lo up && exec "$0" "$@"',
      ...[process.execPath, fileURLToPath(new URL('soaking.js', import.meta.url)), String(seconds)],
    ],
    ['ignore', 'pipe', 'inherit'],
  );
  return JSON.parse(await printed(started, 'the soak', seconds + ENDING_SECONDS_LIMIT)) as Soak;
};

interface Check {
  readonly what: string;
  readonly told: string;
  readonly isKept: boolean;
}

/** Of what comes and goes, so many different ones must be seen at the least. */
const SEEN_LEAST = 2;

const checksOf = ({
  levels,
  descriptors,
  complained,
  judged,
  grown,
  scrapes,
  seen,
}: ServerSoak): readonly Check[] => {
  const [before, after] = descriptors;
  const most = Math.max(...levels.map(({ residentBytes }) => residentBytes));
  return [
    { what: 'nothing went wrong', told: `${complained} complaints`, isKept: complained === 0 && scrapes > 0 },
    {
      what: 'counters went on, and some grew',
      told: `${judged} compared, ${grown} grew`,
      isKept: judged > 1000 && grown > 1000,
    },
    ...Object.entries(seen).map(([what, number]) => ({
      what: `${what} came and went`,
      told: `${number} different ones were seen`,
      isKept: number >= SEEN_LEAST,
    })),
    ...verdictsOn(levels).map(levelCheck),
    {
      what: 'descriptors once all is over',
      told: `${before} before, ${after} after`,
      isKept: after <= before + DESCRIPTORS_BEYOND,
    },
    {
      what: 'resident memory at the most',
      told: `${(most / 1e6).toFixed(1)} MB, at most ${RESIDENT_BYTES_LIMIT / 1e6}`,
      isKept: most <= RESIDENT_BYTES_LIMIT,
    },
  ];
};

const levelCheck = ({ what, second, last, limit, isKept }: Verdict): Check => {
  const told = (value: number): string =>
    what.endsWith('Bytes') ? `${(value / 1e6).toFixed(1)} MB` : value.toFixed(0);
  return {
    what: `${what}, second quarter and last`,
    told: `${told(second)}, ${told(last)}, at most ${told(limit)}`,
    isKept,
  };
};

const report = ({ seconds, servers, churned }: Soak): boolean => {
  print(`kernel ${release()}, ${cpus()[0]?.model.trim() ?? '?'}, ${availableParallelism()} cores`);
  print(`memory ${(totalmem() / 2 ** 30).toFixed(1)} GiB, Node.js ${process.version}`);
  print(`load of the machine at the end ${(loadavg()[0] ?? NaN).toFixed(2)}\n`);
  print(`${(seconds / 60).toFixed(1)} minutes, in which came and went:`);
  for (const [kind, number] of Object.entries(churned)) print(`  ${kind.padEnd(12)}${number}`);
  let isAllKept = Object.values(churned).every(number => number > 0);
  for (const name of Object.keys(soakedServers) as readonly Soaked[]) {
    const server = servers[name];
    const { scrapes, pages, left, unjudged } = server;
    print(
      `\nthe server of ${soakedServers[name]}: ${scrapes} scrapes, ${pages} pages, ${left} clients that left`,
    );
    print(`  ${unjudged} counters of what began or ended during a scrape were not compared`);
    for (const { what, told, isKept } of checksOf(server)) {
      print(`  ${what.padEnd(46)}${told.padEnd(44)} ${isKept ? 'yes' : 'NO'}`);
      isAllKept &&= isKept;
    }
    for (const complaint of server.complaints) print(`  ! ${complaint}`);
  }
  return isAllKept;
};

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const main = async (argv: readonly string[]): Promise<number> => {
  const options = optionsIn(argv);
  if (options === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  if (process.getuid?.() !== 0) throw new Error('must run as root, to make namespaces');
  const soak = await soakedFor(options.seconds);
  const isAllKept = report(soak);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(soak, null, 1)}\n`);
  if (options.svg !== undefined) writeFileSync(options.svg, plotOf(soak, held));
  return isAllKept ? 0 : 1;
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
