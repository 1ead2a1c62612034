/**
 * The scene "owners": what it costs to tell whose the sockets are, beside a server that does not and beside `netstat -p`
 * and `ss -p`. Runs in the measuring process.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Accountant } from './accountant.ts';
import type { Answer } from './client.ts';
import {
  ownedTcpSocketsIn,
  programTcpSocketsIn,
  seriesIn,
  tcpSocketsIn,
  withoutOwnerForWantOfBudgetIn,
} from './exposed.ts';
import type { Attributions, Cost, Measured, MeasureSettings, ServerName, Subject } from './results.ts';
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
import { startServer } from './servers.ts';
import { openSockets, type Sockets } from './sockets.ts';

/** Whatever was asked for, sockets.py does not hold its sockets for ever. */
const ROUNDS_SECONDS_LIMIT = 420;
/** Each run of these takes many seconds, and they take much the same every time. */
const COMMAND_ROUNDS = 3;
/** Of the sockets, replaced between two scrapes. */
const REPLACED = 0.01;

const commands = {
  netstatPrograms: ['netstat', '-tanp'],
  ssPrograms: ['ss', '-tanp'],
} as const satisfies Partial<Record<Subject, readonly string[]>>;

const servers = ['withOwners', 'withoutOwners'] as const satisfies readonly ServerName[];
type OneOfBoth = (typeof servers)[number];

const subjectsOf = {
  start: { withOwners: 'startWithOwners', withoutOwners: 'startWithoutOwners' },
  nothingNew: { withOwners: 'withOwners', withoutOwners: 'withoutOwners' },
  someNew: { withOwners: 'withOwnersNew', withoutOwners: 'withoutOwnersNew' },
} as const satisfies Record<string, Record<OneOfBoth, Subject>>;

type OwnersSettings = MeasureSettings & { readonly processes: number };

export const measureOwners = async (settings: OwnersSettings, accountant: Accountant): Promise<Measured> => {
  const sockets = await openSockets(settings.sockets, settings.processes);
  try {
    const records = createRecords(settings.sockets);
    await measureStarts(settings.starts, accountant, records);
    return await withServers(servers, async watched => ({
      ...(await measureRounds(watched, sockets, accountant, settings, records)),
      ...records.told,
      startMs: {},
      memory: memoryOfAll(watched),
      reconnects: reconnectsOfAll(watched),
    }));
  } finally {
    await sockets.close();
  }
};

interface Records {
  readonly told: Pick<Measured, 'costs' | 'series' | 'bodyBytes'> & {
    readonly attributions: Attributions;
  };
  readonly cost: (subject: Subject, cost: Cost) => void;
  /** Notes what an answer holds, and fails if it is not the truth. */
  readonly check: (subject: Subject, server: OneOfBoth, answer: Answer) => void;
}

const createRecords = (sockets: number): Records => {
  const costs: Partial<Record<Subject, Cost[]>> = {};
  const series: Partial<Record<Subject, number>> = {};
  const bodyBytes: Partial<Record<Subject, number>> = {};
  const attributions = { answers: 0, incomplete: 0, mostMissing: 0 };
  return {
    told: { costs, series, bodyBytes, attributions },
    cost(subject, { cpuMs, wallMs }) {
      (costs[subject] ??= []).push({ cpuMs, wallMs });
    },
    check(subject, server, answer) {
      const text = answer.text();
      requireTrue(subject, text, sockets);
      series[subject] = seriesIn(text);
      bodyBytes[subject] = answer.bytes;
      const all = tcpSocketsIn(text);
      const byProgram = programTcpSocketsIn(text);
      if (byProgram !== (server === 'withOwners' ? all : 0))
        throw new Error(`${subject} tells of ${all} sockets, and of ${byProgram} by program`);
      if (server === 'withoutOwners') return;
      attributions.answers++;
      // Every socket that was opened has an owner, and the exporter's own ones besides.
      const missing = Math.max(sockets - ownedTcpSocketsIn(text), withoutOwnerForWantOfBudgetIn(text));
      if (missing > 0) attributions.incomplete++;
      attributions.mostMissing = Math.max(attributions.mostMissing, missing);
    },
  };
};

/** From the start of a server, which knows no socket, until it rests after its first answer. */
const measureStarts = async (starts: number, accountant: Accountant, records: Records): Promise<void> => {
  progress(`${starts} starts of each`);
  for (let i = 0; i < starts; i++) {
    for (const name of inTurns(servers, i)) {
      const server = await startServer(name);
      try {
        const subject = subjectsOf.start[name];
        records.cost(subject, { cpuMs: await accountant.cpuMs(server.pid), wallMs: server.startMs });
        records.check(subject, name, server.firstAnswer);
      } finally {
        await server.stop();
      }
    }
  }
};

/**
 * A round scrapes both servers, replaces some of the sockets, and scrapes both again, so that either scrape of the one
 * has its pair of the other. In a few rounds the commands follow.
 */
const measureRounds = async (
  watched: ReadonlyMap<ServerName, Watched>,
  sockets: Sockets,
  accountant: Accountant,
  settings: OwnersSettings,
  records: Records,
): Promise<Pick<Measured, 'besidesMs'>> => {
  const deadline = performance.now() + ROUNDS_SECONDS_LIMIT * 1000;
  const replaced = 2 * Math.max(1, Math.floor((settings.sockets * REPLACED) / 2));

  const scrapeBoth = async (
    subjects: Readonly<Record<OneOfBoth, Subject>>,
    round: number,
    take: (subject: Subject, server: OneOfBoth, cost: Cost) => void,
  ): Promise<void> => {
    for (const name of inTurns(servers, round)) {
      const server = watched.get(name);
      if (server === undefined) throw new Error(`${name} does not run`);
      const scraped = await costOfScrape(server, '/metrics', accountant);
      take(subjects[name], name, scraped);
      records.check(subjects[name], name, scraped.answer);
    }
  };

  const scrapeAll = async (
    round: number,
    take: (subject: Subject, server: OneOfBoth, cost: Cost) => void,
  ): Promise<void> => {
    await delay(settings.pauseSeconds * 1000);
    await scrapeBoth(subjectsOf.nothingNew, round, take);
    await sockets.replace(replaced);
    await scrapeBoth(subjectsOf.someNew, round, take);
  };

  progress(`${settings.warmUpRounds} rounds to warm up`);
  for (let round = 0; round < settings.warmUpRounds && performance.now() < deadline; round++) {
    await scrapeAll(round, () => undefined);
  }

  progress(`${settings.rounds} rounds, with netstat and ss in ${COMMAND_ROUNDS}`);
  const outside = await watchOutside(watched, accountant);
  /** Over all rounds, evenly. */
  const isTurnOfCommands = (round: number): boolean =>
    (round * COMMAND_ROUNDS) % settings.rounds < Math.min(COMMAND_ROUNDS, settings.rounds);
  let rounds = 0;
  for (; rounds < settings.rounds && performance.now() < deadline; rounds++) {
    await scrapeAll(rounds, (subject, server, cost) => {
      records.cost(subject, cost);
      outside.leaveOut(server, cost.cpuMs);
    });
    if (!isTurnOfCommands(rounds)) continue;
    for (const [subject, command] of Object.entries(commands)) {
      records.cost(subject as keyof typeof commands, await accountant.run(command));
    }
  }
  return { besidesMs: await outside.perRound(rounds) };
};

/** Starting one further every time. */
const inTurns = <T>(all: readonly T[], round: number): readonly T[] => {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
};
