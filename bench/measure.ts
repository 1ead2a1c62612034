/**
 * The measuring process: runs inside the namespace of a scene, started by bench.ts with its settings as JSON.
 * Prints what it measured as JSON. What it starts ends with it, and it ends with the one who started it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startAccountant, type Accountant } from './accountant.ts';
import { seriesIn } from './exposed.ts';
import { healthyAtRest, healthyUnderScrapes } from './healthy.ts';
import { measureAtOnce } from './at-once.ts';
import { measureOwners } from './owners.ts';
import type { Cost, Measured, MeasureSettings, ServerName, Subject } from './results.ts';
import {
  costOfScrape,
  memoryOfAll,
  progress,
  reconnectsOfAll,
  requireTrue,
  watchOutside,
  withServers,
  type Watched,
} from './scraping.ts';
import { scrapes, startServer } from './servers.ts';

/** Whatever was asked for, sockets.py does not hold its sockets for ever. */
const WARM_UP_SECONDS_LIMIT = 120;
const ROUNDS_SECONDS_LIMIT = 420;

const commands = {
  cat: ['cat', '/proc/net/tcp', '/proc/net/tcp6'],
  ss: ['ss', '-tan'],
  netstat: ['netstat', '-tan'],
} as const satisfies Partial<Record<Subject, readonly string[]>>;

const measure = async (settings: MeasureSettings): Promise<Measured> => {
  const accountant = await startAccountant();
  try {
    return settings.processes === undefined
      ? await measureListing(settings, accountant)
      : await measureOwners({ ...settings, processes: settings.processes }, accountant);
  } finally {
    await accountant.close();
  }
};

const measureListing = async (settings: MeasureSettings, accountant: Accountant): Promise<Measured> => {
  const names: readonly ServerName[] = settings.compared ? ['ours', 'nodeExporter'] : ['ours'];
  const startMs = await measureStarts(names, settings.starts);
  const isIdle = settings.compared && settings.sockets === 0;
  const further: readonly ServerName[] = !settings.compared ? [] : isIdle ? ['nodeExporterSix'] : ['lean'];
  const measured = await withServers([...names, ...further], watched =>
    measureWatched(watched, accountant, settings),
  );
  return { startMs, ...measured };
};

/** In turns, so that neither meets the colder or the busier machine. */
const measureStarts = async (names: readonly ServerName[], starts: number): Promise<Measured['startMs']> => {
  const startMs: Partial<Record<ServerName, number[]>> = {};
  if (starts > 0) progress(`${starts} starts`);
  for (let i = 0; i < starts; i++) {
    for (const name of names) {
      const server = await startServer(name);
      await server.stop();
      (startMs[name] ??= []).push(server.startMs);
    }
  }
  return startMs;
};

const measureWatched = async (
  watched: ReadonlyMap<ServerName, Watched>,
  accountant: Accountant,
  settings: MeasureSettings,
): Promise<Omit<Measured, 'startMs'>> => {
  const scraped = Object.entries(scrapes).flatMap(([subject, asked]): readonly Scraped[] => {
    const { server, path } = asked;
    const from = watched.get(server);
    return from === undefined || ('beside' in asked && !watched.has(asked.beside))
      ? []
      : [{ subject: subject as keyof typeof scrapes, from, path }];
  });
  const answers = await warmUp(scraped, settings);
  const rounds = await measureRounds(
    [
      ...scraped.map(({ subject, from, path }) => ({
        subject,
        server: from.name,
        async cost() {
          const { cpuMs, wallMs } = await costOfScrape(from, path, accountant);
          return { cpuMs, wallMs };
        },
      })),
      ...Object.entries(settings.compared ? commands : {}).map(([subject, command]) => ({
        subject: subject as keyof typeof commands,
        cost: () => accountant.run(command),
      })),
    ],
    watched,
    accountant,
    settings,
  );
  const server = watched.get('ours')?.server;
  if (server === undefined) throw new Error('ours does not run');
  const atOnce = settings.atOnce ? await measureAtOnce(server, accountant, settings.sockets) : undefined;
  const ours = server.port;
  progress('/-/healthy');
  return {
    ...rounds,
    ...answers,
    ...(atOnce !== undefined && { atOnce }),
    healthyAtRest: await healthyAtRest(ours),
    healthyUnderScrapes: await healthyUnderScrapes(ours),
    memory: memoryOfAll(watched),
    reconnects: reconnectsOfAll(watched),
  };
};

interface Scraped {
  readonly subject: keyof typeof scrapes;
  readonly from: Watched;
  readonly path: string;
}

/** Tells also what the scrapes hold, and fails if it is not the truth. */
const warmUp = async (
  scraped: readonly Scraped[],
  { warmUpRounds, sockets }: MeasureSettings,
): Promise<Pick<Measured, 'series' | 'bodyBytes'>> => {
  progress(`${warmUpRounds} scrapes of each to warm up`);
  const series: Partial<Record<Subject, number>> = {};
  const bodyBytes: Partial<Record<Subject, number>> = {};
  const deadline = performance.now() + WARM_UP_SECONDS_LIMIT * 1000;
  for (let round = 0; round < warmUpRounds && performance.now() < deadline; round++) {
    for (const { subject, from, path } of scraped) {
      const answer = await from.kept.get(path);
      const text = answer.text();
      requireTrue(subject, text, sockets);
      series[subject] = seriesIn(text);
      bodyBytes[subject] = answer.bytes;
    }
  }
  return { series, bodyBytes };
};

interface Step {
  readonly subject: Subject;
  /** Whose CPU time it takes, if it is a server's. */
  readonly server?: ServerName;
  readonly cost: () => Promise<Cost>;
}

const measureRounds = async (
  steps: readonly Step[],
  watched: ReadonlyMap<ServerName, Watched>,
  accountant: Accountant,
  settings: MeasureSettings,
): Promise<Pick<Measured, 'costs' | 'besidesMs'>> => {
  progress(`${settings.rounds} rounds of ${steps.length} measurements`);
  const costs: Partial<Record<Subject, Cost[]>> = {};
  const outside = await watchOutside(watched, accountant);
  const deadline = performance.now() + ROUNDS_SECONDS_LIMIT * 1000;
  let rounds = 0;
  for (; rounds < settings.rounds && performance.now() < deadline; rounds++) {
    await delay(settings.pauseSeconds * 1000);
    // The first one has the pause before it, so they take turns in that; their order stays.
    const first = rounds % steps.length;
    for (const { subject, server, cost } of [...steps.slice(first), ...steps.slice(0, first)]) {
      const measured = await cost();
      (costs[subject] ??= []).push(measured);
      if (server !== undefined) outside.leaveOut(server, measured.cpuMs);
    }
  }
  return { costs, besidesMs: await outside.perRound(rounds) };
};

process.stdin.resume().on('end', () => process.exit(1));
try {
  const measured = await measure(JSON.parse(process.argv[2] ?? '') as MeasureSettings);
  process.stdout.write(JSON.stringify(measured), () => process.exit());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.exit(1));
}
