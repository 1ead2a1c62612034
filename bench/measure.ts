/**
 * The measuring process: runs inside the namespace of a scene, started by bench.ts with its settings as JSON.
 * Prints what it measured as JSON. What it starts ends with it, and it ends with the one who started it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startAccountant, type Accountant } from './accountant.ts';
import { connection, type Answer, type Connection } from './client.ts';
import { failuresIn, seriesIn, tcpSocketsIn } from './exposed.ts';
import { healthyAtRest, healthyUnderScrapes } from './healthy.ts';
import type { Cost, Measured, MeasureSettings, ServerName, Subject } from './results.ts';
import { scrapes, startServer, type Server } from './servers.ts';

/** Whatever was asked for, sockets.py does not hold its sockets for ever. */
const WARM_UP_SECONDS_LIMIT = 120;
const ROUNDS_SECONDS_LIMIT = 420;

const commands = {
  cat: ['cat', '/proc/net/tcp', '/proc/net/tcp6'],
  ss: ['ss', '-tan'],
  netstat: ['netstat', '-tan'],
} as const satisfies Partial<Record<Subject, readonly string[]>>;

const measure = async (settings: MeasureSettings): Promise<Measured> => {
  const names: readonly ServerName[] = settings.compared ? ['ours', 'nodeExporter'] : ['ours'];
  const startMs = await measureStarts(names, settings.starts);
  const accountant = await startAccountant();
  const watched = new Map<ServerName, Watched>();
  try {
    for (const name of names) {
      const server = await startServer(name);
      watched.set(name, { name, server, kept: connection(server.port) });
    }
    return { startMs, ...(await measureWatched(watched, accountant, settings)) };
  } finally {
    for (const { server, kept } of watched.values()) {
      kept.close();
      await server.stop();
    }
    await accountant.close();
  }
};

/** A server, and the one connection over which it is scraped. */
interface Watched {
  readonly name: ServerName;
  readonly server: Server;
  readonly kept: Connection;
}

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
  const scraped = Object.entries(scrapes).flatMap(([subject, { server, path }]): readonly Scraped[] => {
    const from = watched.get(server);
    return from === undefined ? [] : [{ subject: subject as keyof typeof scrapes, from, path }];
  });
  const answers = await warmUp(scraped, settings);
  const rounds = await measureRounds(
    [
      ...scraped.map(each => ({
        subject: each.subject,
        server: each.from.name,
        cost: () => costOfScrape(each, accountant),
      })),
      ...Object.entries(settings.compared ? commands : {}).map(([subject, command]) => ({
        subject: subject as keyof typeof commands,
        cost: () => accountant.run(command),
      })),
    ],
    [...watched.values()],
    accountant,
    settings,
  );
  const ours = watched.get('ours')?.server.port ?? NaN;
  progress('/-/healthy');
  return {
    ...rounds,
    ...answers,
    healthyAtRest: await healthyAtRest(ours),
    healthyUnderScrapes: await healthyUnderScrapes(ours),
    memory: Object.fromEntries([...watched].map(([name, { server }]) => [name, server.memory()])),
    reconnects: [...watched.values()].reduce((sum, { kept }) => sum + kept.opened() - 1, 0),
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
      series[subject] = requireTrue(subject, answer, sockets);
      bodyBytes[subject] = answer.bytes;
    }
  }
  return { series, bodyBytes };
};

/** @returns how many series it holds */
const requireTrue = (subject: Subject, answer: Answer, sockets: number): number => {
  const text = answer.text();
  const failures = failuresIn(text);
  if (failures.length > 0) throw new Error(`${subject}: ${failures.join(', ')}`);
  const found = tcpSocketsIn(text);
  if (found < sockets) throw new Error(`${subject} tells of ${found} sockets, but there are ${sockets}`);
  return seriesIn(text);
};

interface Step {
  readonly subject: Subject;
  /** Whose CPU time it takes, if it is a server's. */
  readonly server?: ServerName;
  readonly cost: () => Promise<Cost>;
}

const measureRounds = async (
  steps: readonly Step[],
  watched: readonly Watched[],
  accountant: Accountant,
  settings: MeasureSettings,
): Promise<Pick<Measured, 'costs' | 'besidesMs'>> => {
  progress(`${settings.rounds} rounds of ${steps.length} measurements`);
  const costs: Partial<Record<Subject, Cost[]>> = {};
  const outside = new Map<ServerName, number>();
  const addOutside = async (sign: 1 | -1): Promise<void> => {
    for (const { name, server } of watched) {
      outside.set(name, (outside.get(name) ?? 0) + sign * (await accountant.cpuMs(server.pid)));
    }
  };

  await addOutside(-1);
  const deadline = performance.now() + ROUNDS_SECONDS_LIMIT * 1000;
  let rounds = 0;
  for (; rounds < settings.rounds && performance.now() < deadline; rounds++) {
    await delay(settings.pauseSeconds * 1000);
    // The first one has the pause before it, so they take turns in that; their order stays.
    const first = rounds % steps.length;
    for (const { subject, server, cost } of [...steps.slice(first), ...steps.slice(0, first)]) {
      const measured = await cost();
      (costs[subject] ??= []).push(measured);
      if (server !== undefined) outside.set(server, (outside.get(server) ?? 0) - measured.cpuMs);
    }
  }
  await addOutside(1);
  return { costs, besidesMs: Object.fromEntries([...outside].map(([name, ms]) => [name, ms / rounds])) };
};

const costOfScrape = async ({ from, path }: Scraped, accountant: Accountant): Promise<Cost> => {
  const { server, kept } = from;
  const before = await accountant.cpuMs(server.pid);
  const { wallMs } = await kept.get(path);
  return { cpuMs: (await accountant.cpuMs(server.pid)) - before, wallMs };
};

const progress = (text: string): void => {
  process.stderr.write(`  ${text}\n`);
};

process.stdin.resume().on('end', () => process.exit(1));
try {
  const measured = await measure(JSON.parse(process.argv[2] ?? '') as MeasureSettings);
  process.stdout.write(JSON.stringify(measured), () => process.exit());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.exit(1));
}
