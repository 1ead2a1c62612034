/**
 * What soak.ts runs in namespaces of its own: `soaking.js SECONDS`. Two servers are scraped while everything comes and goes, one of its
 * namespace and one of all of them; every answer is held against what came before it. Prints what was seen as a line of JSON.
 */
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connection, type Connection } from './client.ts';
import { createContinuity, type Continuity, type Moment } from './continuity.ts';
import { descriptorsOf, memoryAndThreadsOf, type Level } from './levels.ts';
import { interfaceLives, namespaceLives } from './lives.ts';
import { end, hasEnded, start, type Started } from './processes.ts';
import { nodeFlags } from './servers.ts';
import { readStrictly, type Answered } from './strictly.ts';

export const soakedServers = { own: 'its own namespace', all: 'all namespaces' } as const;
export type Soaked = keyof typeof soakedServers;

export interface Soak {
  readonly seconds: number;
  readonly servers: Readonly<Record<Soaked, ServerSoak>>;
  /** By kind, how often it came and went. */
  readonly churned: Readonly<Record<string, number>>;
}

export interface ServerSoak {
  readonly scrapes: number;
  readonly pages: number;
  /** Clients that went away before they had their answer. */
  readonly left: number;
  readonly judged: number;
  readonly grown: number;
  readonly unjudged: number;
  /** How many different ones of each the answers had. */
  readonly seen: Readonly<Record<string, number>>;
  readonly levels: readonly Level[];
  /** Before the first scrape but a few, and once all clients are gone. */
  readonly descriptors: readonly [before: number, after: number];
  /** The first of what should not be, and how often. */
  readonly complaints: readonly string[];
  readonly complained: number;
}

const COMPLAINTS_LIMIT = 20;
const FIRST_SCRAPES = 20;
const PAUSE_MILLISECONDS = 20;
/** Of the scrapes of the second client, which connects anew for each: one in so many has a page behind it, one in so many a client that leaves. */
const PAGE_EVERY = 8;
const LEAVE_EVERY = 5;
const LEAVE_MILLISECONDS_LIMIT = 60;
const LEVELS_LIMIT = 240;
const READY_SECONDS_LIMIT = 60;
const CLOSING_SECONDS_LIMIT = 20;
const CHURN_SECONDS_LIMIT = 60;
/** Connections of the churn may hold all local ports towards a server for a moment. */
const PORT_TRIES = 40;

const pages = [
  '/tables/sockets?format=json',
  '/tables/sockets?state=CLOSE_WAIT',
  '/tables/routes?format=json',
  '/tables/groups',
  '/tables/interfaces',
  '/tables/statistics?format=json',
  '/',
];

const flags: Readonly<Record<Soaked, { readonly port: number; readonly flags: readonly string[] }>> = {
  own: { port: 10055, flags: [] },
  all: { port: 10056, flags: [`--config.file=${besideSources('soak-namespaces.yaml')}`] },
};

function besideSources(file: string): string {
  return fileURLToPath(new URL(`../../bench/${file}`, import.meta.url));
}
const beside = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** What must change all the time, by the beginning of its series: told are the values, or the names. */
const changing: Readonly<Record<string, { readonly series: string; readonly told: 'value' | 'name' }>> = {
  'connections over IPv4': {
    series: 'netstat_sockets{family="inet",protocol="tcp",state="ESTABLISHED"',
    told: 'value',
  },
  'connections over IPv6': {
    series: 'netstat_sockets{family="inet6",protocol="tcp",state="ESTABLISHED"',
    told: 'value',
  },
  'drops over IPv4': { series: 'netstat_socket_drops_total{family="inet",protocol="udp"', told: 'value' },
  'drops over IPv6': { series: 'netstat_socket_drops_total{family="inet6",protocol="udp"', told: 'value' },
  'route changes': { series: 'netstat_route_changes_total{family="inet"', told: 'value' },
  interfaces: { series: 'netstat_interface_receive_bytes_total{', told: 'name' },
  'interfaces of the sysfs': { series: 'netstat_interface_up{', told: 'name' },
  programs: { series: 'netstat_program_sockets{', told: 'name' },
};
/** Of which so many are told apart. */
const SEEN_LIMIT = 1000;

const soak = async (seconds: number): Promise<Soak> => {
  const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-soak-'));
  const livesFile = join(folder, 'lives');
  closeSync(openSync(livesFile, 'w'));
  const lives = namespaceLives(livesFile);
  const now = (): Moment => ({ interfaces: interfaceLives(), namespaces: lives.now() });

  const own = await soakedServer('own', now);
  const all = await soakedServer('all', now);
  const churn = await startChurn(livesFile);
  const until = performance.now() + seconds * 1000;
  const [ofOwn, ofAll] = await Promise.all([
    own.scrape(until),
    all.scrape(until),
    untilChurnEnds(churn, until),
  ]);
  const churned = await endChurn(churn);
  lives.close();
  rmSync(folder, { recursive: true });
  return { seconds, servers: { own: await ofOwn(), all: await ofAll() }, churned };
};

interface SoakedServer {
  /** Resolves when time is up; what it resolves with stops the server. */
  readonly scrape: (until: number) => Promise<() => Promise<ServerSoak>>;
}

const soakedServer = async (name: Soaked, now: () => Moment): Promise<SoakedServer> => {
  const { port } = flags[name];
  const started = await start(
    process.execPath,
    [
      ...nodeFlags(),
      `--import=${beside('resources.js')}`,
      beside('../src/main.js'),
      'serve',
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-tables',
      ...flags[name].flags,
    ],
    ['ignore', 'ignore', 'pipe'],
  );
  const { child, pid } = started;
  const complaints: string[] = [];
  let complained = 0;
  const complain = (what: string): void => {
    complained++;
    if (complaints.length < COMPLAINTS_LIMIT) complaints.push(what);
  };

  let handles = NaN;
  let readerHeapBytes = NaN;
  let isListening = false;
  if (child.stderr === null) throw new Error('the server has no stderr');
  createInterface({ input: child.stderr }).on('line', line => {
    const [, what, number] = /^(resources|reader) (\d+)$/.exec(line) ?? [];
    if (what === 'resources') handles = Number(number);
    else if (what === 'reader') readerHeapBytes = Number(number);
    else if (line.includes('msg=listening')) isListening = true;
    else if (!line.includes('level=info')) complain(`logged: ${line}`);
  });
  await within(READY_SECONDS_LIMIT, 'the server does not listen', () => isListening);

  const first = connection(port);
  let home = '';
  for (let scrape = 0; scrape < FIRST_SCRAPES; scrape++) {
    const answer = readStrictly((await first.get('/metrics')).text());
    home = homeIn(answer);
  }
  const descriptorsBefore = descriptorsOf(pid);
  first.close();

  let scrapes = 0;
  let pagesSeen = 0;
  let left = 0;
  let heapBytes = NaN;
  let series = NaN;
  const seen = new Map(Object.keys(changing).map(what => [what, new Set<string>()]));
  const levels: Level[] = [];
  const continuities: Continuity[] = [];

  const ask = async (from: Connection, continuity: Continuity): Promise<void> => {
    const before = now();
    const answer = readStrictly((await from.get('/metrics')).text());
    for (const fell of continuity.judge(answer, before, now())) complain(fell);
    for (const failure of failuresIn(answer)) complain(failure);
    noteChanges(answer, seen);
    scrapes++;
    heapBytes = answer.values.get('nodejs_heap_size_used_bytes') ?? NaN;
    series = answer.values.size;
  };

  /** Whatever goes wrong is told, and the next round is another. */
  const rounds = async (until: number, round: (number: number) => Promise<void>): Promise<void> => {
    for (let number = 1; performance.now() < until; number++) {
      try {
        await withPort(() => round(number));
      } catch (error) {
        complain(error instanceof Error ? error.message : String(error));
        if (hasEnded(child)) return;
      }
      await delay(PAUSE_MILLISECONDS);
    }
  };

  const kept = async (until: number): Promise<void> => {
    const keptOpen = connection(port);
    const continuity = createContinuity(home);
    continuities.push(continuity);
    await rounds(until, () => ask(keptOpen, continuity));
    keptOpen.close();
  };

  const anew = async (until: number): Promise<void> => {
    const continuity = createContinuity(home);
    continuities.push(continuity);
    await rounds(until, async number => {
      const opened = connection(port);
      try {
        await ask(opened, continuity);
        if (number % PAGE_EVERY === 0) {
          await seePage(opened, pages[(number / PAGE_EVERY) % pages.length] ?? '/');
          pagesSeen++;
        }
      } finally {
        opened.close();
      }
      if (number % LEAVE_EVERY === 0) {
        await leaveEarly(port);
        left++;
      }
    });
  };

  const look = async (begin: number, until: number): Promise<void> => {
    const pause = Math.max(1000, (until - begin) / LEVELS_LIMIT);
    while (performance.now() < until && !hasEnded(child)) {
      child.kill('SIGUSR2');
      await delay(pause);
      if (hasEnded(child) || scrapes === 0 || Number.isNaN(handles + readerHeapBytes)) continue;
      const seconds = (performance.now() - begin) / 1000;
      const descriptors = descriptorsOf(pid);
      levels.push({
        seconds,
        ...memoryAndThreadsOf(pid),
        heapBytes,
        readerHeapBytes,
        descriptors,
        handles,
        series,
      });
    }
  };

  return {
    async scrape(until) {
      await Promise.all([kept(until), anew(until), look(performance.now(), until)]);
      return async () => {
        const descriptorsAfter = await descriptorsAtRest(pid, descriptorsBefore);
        await endDuringScrape(started, port, complain);
        const sum = (of: (each: Continuity) => number): number =>
          continuities.reduce((total, each) => total + of(each), 0);
        return {
          scrapes,
          pages: pagesSeen,
          left,
          judged: sum(each => each.judged()),
          grown: sum(each => each.grown()),
          unjudged: sum(each => each.unjudged()),
          seen: Object.fromEntries([...seen].map(([what, { size }]) => [what, size])),
          levels,
          descriptors: [descriptorsBefore, descriptorsAfter],
          complaints,
          complained,
        };
      };
    },
  };
};

/** The namespace that is read without looking for others. */
const homeIn = ({ values }: Answered): string => {
  const info = [...values.keys()].filter(series => series.startsWith('netstat_exporter_netns_info{'));
  return /[{,]netns="([^"]*)"/.exec(info[0] ?? '')?.[1] ?? '';
};

const failuresIn = ({ values }: Answered): readonly string[] =>
  [...values]
    .filter(
      ([series, value]) =>
        (/^netstat_scrape_(collector|netns)_success\{/.test(series) && value !== 1) ||
        (series.startsWith('netstat_scrape_collector_skipped_lines{') && value !== 0) ||
        series.startsWith('netstat_scrape_collector_failure_info{'),
    )
    .map(([series, value]) => `${series} ${value}`);

const noteChanges = ({ values }: Answered, seen: ReadonlyMap<string, Set<string>>): void => {
  for (const [what, { series: beginning, told }] of Object.entries(changing)) {
    const noted = seen.get(what);
    if (noted === undefined || noted.size >= SEEN_LIMIT) continue;
    for (const [series, value] of values)
      if (series.startsWith(beginning)) noted.add(told === 'name' ? series : String(value));
  }
};

const seePage = async (from: Connection, path: string): Promise<void> => {
  const text = (await from.get(path)).text();
  if (path.endsWith('format=json')) JSON.parse(text);
  else if (!text.endsWith('</html>\n')) throw new Error(`${path}: half a page`);
};

const leaveEarly = async (port: number): Promise<void> => {
  const socket = createConnection(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET /metrics HTTP/1.1\r\nHost: soak\r\n\r\n');
  await delay(Math.random() * LEAVE_MILLISECONDS_LIMIT);
  socket.destroy();
};

const withPort = async (round: () => Promise<void>): Promise<void> => {
  for (let tries = 1; ; tries++) {
    try {
      await round();
      return;
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL';
      if (!isFull || tries === PORT_TRIES) throw error;
      await delay(500);
    }
  }
};

const within = async (seconds: number, complaint: string, holds: () => boolean): Promise<void> => {
  const deadline = performance.now() + seconds * 1000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(complaint);
    await delay(20);
  }
};

/** It takes a moment to notice that its clients are gone. */
const descriptorsAtRest = async (pid: number, before: number): Promise<number> => {
  const deadline = performance.now() + CLOSING_SECONDS_LIMIT * 1000;
  for (;;) {
    const descriptors = descriptorsOf(pid);
    if (descriptors <= before || performance.now() > deadline) return descriptors;
    await delay(100);
  }
};

const endDuringScrape = async (
  started: Started,
  port: number,
  complain: (what: string) => void,
): Promise<void> => {
  const last = connection(port);
  const answer = last.get('/metrics');
  await delay(5);
  await end(started);
  const { exitCode, signalCode } = started.child;
  if (exitCode !== 0) complain(`at SIGTERM it ended with ${signalCode ?? exitCode ?? '?'}`);
  try {
    readStrictly((await answer).text());
  } catch (error) {
    complain(`the last answer: ${error instanceof Error ? error.message : String(error)}`);
  }
  last.close();
};

interface Churn {
  readonly started: Started;
  readonly lines: AsyncIterator<string, undefined>;
}

const startChurn = async (livesFile: string): Promise<Churn> => {
  const started = await start('python3', [besideSources('churn.py'), livesFile], ['pipe', 'pipe', 'pipe']);
  const { stdout } = started.child;
  if (stdout === null) throw new Error('churn.py has no stdout');
  const lines: Churn['lines'] = createInterface({ input: stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'ready') throw new Error(`churn.py: ${started.complaint()}`);
  return { started, lines };
};

const untilChurnEnds = async ({ started }: Churn, until: number): Promise<void> => {
  while (performance.now() < until) {
    if (hasEnded(started.child)) throw new Error(`churn.py ended: ${started.complaint()}`);
    await delay(200);
  }
};

const endChurn = async ({ started, lines }: Churn): Promise<Soak['churned']> => {
  started.child.stdin?.end();
  const overtime = setTimeout(() => started.child.kill('SIGKILL'), CHURN_SECONDS_LIMIT * 1000);
  const { value } = await lines.next();
  clearTimeout(overtime);
  if (value === undefined) throw new Error(`churn.py ended: ${started.complaint()}`);
  await end(started);
  return JSON.parse(value) as Soak['churned'];
};

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(`${JSON.stringify(await soak(Number(process.argv[2])))}\n`);
