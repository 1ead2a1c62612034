/**
 * `npm run bench:tables`: what it costs to show 100,000 sockets row by row, beside netstat and beside a scrape. README.md says what
 * is measured and how. What is started ends with this process, however it ends.
 */
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startAccountant, type Accountant } from './accountant.ts';
import { connection, type Connection } from './client.ts';
import { tcpSocketsIn } from './exposed.ts';
import { printed, start } from './processes.ts';
import { show, startServer, type Server } from './servers.ts';
import { openSockets } from './sockets.ts';
import { summarize } from './statistics.ts';

const SOCKETS = 100_000;
const PROCESSES = 8;
const COMMAND_ROUNDS = 10;
const SLOW_COMMAND_ROUNDS = 3;
const PAGE_ROUNDS = 20;
const WARM_UP_ROUNDS = 5;
const SECONDS_LIMIT = 540;

const files = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];
const commands = {
  cat: ['cat', ...files],
  netstat: ['netstat', '-tan'],
  show: show('-tan'),
} as const;
const slowCommands = {
  'netstat -p': ['netstat', '-tanp'],
  'show -p': show('-tanp'),
} as const;

const CLOSE_WAIT = '/tables/sockets?state=CLOSE_WAIT';
const pages = {
  scrape: '/metrics',
  'CLOSE_WAIT, HTML': CLOSE_WAIT,
  'CLOSE_WAIT, JSON': `${CLOSE_WAIT}&format=json`,
  'all, HTML': '/tables/sockets',
  'all, 2000 largest': '/tables/sockets?sort=-receive_queue&limit=2000',
} as const;

type Times = Readonly<Record<string, readonly number[]>>;

const main = async (): Promise<void> => {
  const self = [process.execPath, fileURLToPath(import.meta.url), 'inside'];
  const started = await start(
    'unshare',
    [
      '--net',
      '--mount',
      'sh',
      '-c',
      'mount -t sysfs sysfs /sys && ip link set lo up && exec "$0" "$@"',
      ...self,
    ],
    ['pipe', 'pipe', 'inherit'],
  );
  print(await printed(started, 'the measuring process', SECONDS_LIMIT));
};

const measure = async (): Promise<void> => {
  const before = loadavg()[0] ?? NaN;
  const accountant = await startAccountant();
  const sockets = await openSockets(SOCKETS, PROCESSES);
  try {
    report('the process', await timesOf(accountant, commands, COMMAND_ROUNDS), 'netstat');
    report('the process', await timesOf(accountant, slowCommands, SLOW_COMMAND_ROUNDS), 'netstat -p');
    await measurePages(accountant);
  } finally {
    await sockets.close();
    await accountant.close();
  }
  print(`load of the machine before and after: ${before.toFixed(2)}, ${(loadavg()[0] ?? NaN).toFixed(2)}`);
};

const measurePages = async (accountant: Accountant): Promise<void> => {
  const server = await startServer('withTables');
  const kept = connection(server.port);
  try {
    requireTrue(server.firstAnswer.text(), (await kept.get(pages['CLOSE_WAIT, JSON'])).text());
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await kept.get(pages.scrape);
    const resident = [server.memory().residentBytes];
    const times: Record<string, number[]> = {};
    for (let round = 0; round < WARM_UP_ROUNDS + PAGE_ROUNDS; round++) {
      for (const [name, path] of Object.entries(pages)) {
        const cpuMs = await costOfPage(accountant, server, kept, path);
        if (round >= WARM_UP_ROUNDS) (times[name] ??= []).push(cpuMs);
      }
      if (round === WARM_UP_ROUNDS - 1) resident.push(server.memory().residentBytes);
    }
    resident.push(server.memory().residentBytes);
    report('the server', times, 'scrape');
    const told = resident.map(bytes => (bytes / 1e6).toFixed(1));
    print(
      `  RSS: ${told[0]} MB after scrapes, ${told[1]} after the first pages, ${told[2]} after ${PAGE_ROUNDS} times all pages`,
    );
    print(`  peak: ${(server.memory().peakResidentBytes / 1e6).toFixed(1)} MB\n`);
  } finally {
    kept.close();
    await server.stop();
  }
};

/** Both are told of the same sockets. */
const requireTrue = (scrape: string, page: string): void => {
  if (tcpSocketsIn(scrape) < SOCKETS) throw new Error(`${tcpSocketsIn(scrape)} sockets were counted`);
  const closeWait = [...scrape.matchAll(/^netstat_sockets\{.*state="CLOSE_WAIT".*\} (\d+)$/gm)]
    .map(([, count]) => Number(count))
    .reduce((sum, count) => sum + count, 0);
  const { matched } = JSON.parse(page) as { matched: number };
  if (matched !== closeWait || closeWait === 0)
    throw new Error(`${closeWait} sockets in CLOSE_WAIT were counted, and ${matched} found`);
};

const costOfPage = async (
  accountant: Accountant,
  { pid }: Server,
  kept: Connection,
  path: string,
): Promise<number> => {
  const before = await accountant.cpuMs(pid);
  await kept.get(path);
  return (await accountant.cpuMs(pid)) - before;
};

/** In turns, so that what changes on the machine changes for all of them. */
const timesOf = async (
  accountant: Accountant,
  all: Readonly<Record<string, readonly string[]>>,
  rounds: number,
): Promise<Times> => {
  const times: Record<string, number[]> = {};
  for (let round = 0; round <= rounds; round++) {
    for (const [name, command] of Object.entries(all)) {
      const { cpuMs } = await accountant.run(command);
      // The first finds nothing in the caches.
      if (round > 0) (times[name] ??= []).push(cpuMs);
    }
  }
  return times;
};

const report = (whose: string, times: Times, peer: string): void => {
  const peerMs = summarize(times[peer] ?? []).median;
  print(
    `CPU of ${whose}, ${SOCKETS.toLocaleString('en-US')} sockets: median (least - most) ms, and how many times ${peer}\n`,
  );
  for (const [name, each] of Object.entries(times)) {
    const { median, min, max } = summarize(each);
    const spread = `${median.toFixed(1)} (${min.toFixed(1)} - ${max.toFixed(1)})`;
    print(`  ${name.padEnd(20)} ${spread.padStart(28)} ${(median / peerMs).toFixed(2).padStart(6)}`);
  }
  print('');
};

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

try {
  if (process.getuid?.() !== 0) throw new Error('must run as root, to make a network namespace');
  if (process.argv[2] === 'inside') await measure();
  else await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
