/**
 * `npm run bench`: what a scrape costs, beside other ways to list the sockets of a host. README.md says what is
 * measured and how. What is started ends with this process, however it ends.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { seriesIn } from './exposed.ts';
import { openNamespace } from './namespace.ts';
import { parseOptions, UsageError, usage, type Options } from './options.ts';
import { output, printed, start } from './processes.ts';
import { machineReport, renderingReport, sceneReport, targetReport } from './report.ts';
import type { Machine, Measured, MeasureSettings, Rendering, Results, Scene } from './results.ts';
import { nodeFlags } from './servers.ts';

const STARTS = 5;
/** That hold the sockets of the scene "owners". */
const PROCESSES = 10;
/** Less than sockets.py holds its sockets. */
const SCENE_SECONDS_LIMIT = 850;
const COMMAND_SECONDS_LIMIT = 60;
const RENDERING_SECONDS_LIMIT = 180;
/** Of those in the scene "sockets". */
const MANY = 5;
/** What the kernel and its holder take for a socket is less than half of it. */
const BYTES_A_SOCKET = 16_384;

const main = async (argv: readonly string[]): Promise<void> => {
  const options = parseOptions(argv);
  if (options === undefined) {
    print(usage);
    return;
  }
  if (process.getuid?.() !== 0) throw new Error('must run as root, to make network namespaces');
  const loadBefore = load();
  const machine = await thisMachine();
  print(`${machineReport(machine)}\n`);

  const scenes: Scene[] = [];
  for (const plan of plansFor(options)) {
    process.stderr.write(`${plan.name}: opening ${plan.settings.sockets} sockets\n`);
    const scene = await play(plan);
    scenes.push(scene);
    print(`${sceneReport(scene)}\n`);
  }
  const results: Results = {
    machine: { ...machine, load: [loadBefore, load()] },
    warmUpRounds: options.warmUpRounds,
    pauseSeconds: options.pauseSeconds,
    scenes,
    hostSeries: await hostSeries(),
    renderings: options.scenes.includes('rendering') ? await renderings() : [],
  };
  print(renderingReport(results.renderings));
  print(targetReport(results));
  if (options.jsonFile !== undefined)
    writeFileSync(options.jsonFile, `${JSON.stringify(results, null, 1)}\n`);
};

interface Plan {
  readonly name: Scene['name'];
  readonly settings: MeasureSettings;
}

const plansFor = ({ scenes, sockets, rounds, warmUpRounds, pauseSeconds }: Options): readonly Plan[] => {
  const common = { rounds, warmUpRounds, pauseSeconds, atOnce: false };
  const idle: Plan = { name: 'idle', settings: { ...common, sockets: 0, compared: true, starts: STARTS } };
  const tenth: Plan = {
    name: 'a tenth',
    settings: { ...common, sockets: Math.floor(sockets / 10), compared: false, starts: 0 },
  };
  const all: Plan = {
    name: 'sockets',
    settings: { ...common, sockets, compared: true, starts: 0, atOnce: true },
  };
  const many: Plan = {
    name: 'many',
    settings: {
      ...common,
      rounds: Math.ceil(rounds / 4),
      warmUpRounds: Math.ceil(warmUpRounds / 4),
      sockets: Math.min(MANY * sockets, Math.floor(freemem() / BYTES_A_SOCKET)),
      compared: false,
      starts: 0,
    },
  };
  const owners: Plan = {
    name: 'owners',
    settings: {
      ...common,
      rounds: Math.ceil(rounds / 2),
      warmUpRounds: Math.ceil(warmUpRounds / 2),
      sockets,
      processes: PROCESSES,
      compared: true,
      starts: STARTS,
    },
  };
  const plans = {
    idle: [idle],
    sockets: [tenth, all],
    many: [many],
    owners: [owners],
    rendering: [],
  } as const;
  return scenes.flatMap(scene => plans[scene]);
};

/** Opens the namespace and measures inside, so that clients and servers meet on its loopback. */
const play = async ({ name, settings }: Plan): Promise<Scene> => {
  const namespace = await openNamespace(settings.processes === undefined ? settings.sockets : 0);
  try {
    const measuring = await start(
      'nsenter',
      [
        `--target=${namespace.pid}`,
        '--net',
        '--mount',
        process.execPath,
        fileURLToPath(new URL('measure.js', import.meta.url)),
        JSON.stringify(settings),
      ],
      ['pipe', 'pipe', 'inherit'],
    );
    const measured = await printed(measuring, 'the measuring process', SCENE_SECONDS_LIMIT);
    return { name, sockets: settings.sockets, ...(JSON.parse(measured) as Measured) };
  } finally {
    await namespace.close();
  }
};

const thisMachine = async (): Promise<Omit<Machine, 'load'>> => {
  const told = async (command: string, flag: string): Promise<string> =>
    /\d+\.[\d.]+/.exec(await output(command, [flag], COMMAND_SECONDS_LIMIT))?.[0] ?? '?';
  return {
    kernel: release(),
    cpu: cpus()[0]?.model.trim() ?? '?',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.version,
    tools: [
      `node_exporter ${await told('prometheus-node-exporter', '--version')}`,
      `iproute2 ${await told('ss', '-V')}`,
      `net-tools ${await told('netstat', '--version')}`,
    ],
    tcpHashEntries: readFileSync('/proc/sys/net/ipv4/tcp_ehash_entries', 'utf8').trim(),
  };
};

/** The namespace of the host has interfaces, which a scratch one has not. */
const hostSeries = async (): Promise<number> => {
  const program = fileURLToPath(new URL('../src/main.js', import.meta.url));
  return seriesIn(await output(process.execPath, [program, 'scrape'], COMMAND_SECONDS_LIMIT));
};

/** With the flags of the program. */
const renderings = async (): Promise<readonly Rendering[]> => {
  process.stderr.write('rendering\n');
  const program = fileURLToPath(new URL('rendering.js', import.meta.url));
  const measured = await output(process.execPath, [...nodeFlags(), program], RENDERING_SECONDS_LIMIT);
  return JSON.parse(measured) as readonly Rendering[];
};

const load = (): number => loadavg()[0] ?? NaN;

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
