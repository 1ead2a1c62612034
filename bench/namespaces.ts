/**
 * `npm run bench:namespaces`: what it costs to read every network namespace of a host, beside `cat` of the same files. README.md says
 * what is measured and how. What is started ends with this process, however it ends.
 */
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Collector } from '../src/collectors/collector.ts';
import { collectors } from '../src/collectors/index.ts';
import { parseConfig } from '../src/config.ts';
import { startAccountant, type Accountant } from './accountant.ts';
import { connection } from './client.ts';
import { seriesIn } from './exposed.ts';
import { healthyUnderScrapes } from './healthy.ts';
import { end, printed, start } from './processes.ts';
import { startServer } from './servers.ts';
import { median, percentile, summarize } from './statistics.ts';

const NAMESPACES = [150, 300] as const;
const ROUNDS = 10;
const WARM_UP_ROUNDS = 3;
const SECONDS_LIMIT = 600;
const READY_SECONDS_LIMIT = 120;
const TIMES_CAT = 1.5;

const holder = fileURLToPath(new URL('../../bench/namespaces.py', import.meta.url));

/** In a procfs of its own, so that no other namespace of the machine is read. */
const main = async (): Promise<void> => {
  const started = await start(
    'unshare',
    [
      ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'],
      'mount -t sysfs sysfs /sys && ip link set lo up && exec "$0" "$@"',
      ...[process.execPath, fileURLToPath(import.meta.url), 'inside'],
    ],
    ['pipe', 'pipe', 'inherit'],
  );
  process.stdout.write(await printed(started, 'the measuring process', SECONDS_LIMIT));
};

interface Costs {
  readonly namespaces: number;
  readonly oursMs: readonly number[];
  readonly catMs: readonly number[];
  readonly series: number;
  readonly residentBytes: number;
  /** Milliseconds of each request to /-/healthy while scrapes follow one another. */
  readonly healthyMs: readonly number[];
}

const measureAll = async (): Promise<void> => {
  const before = loadavg()[0] ?? NaN;
  const accountant = await startAccountant();
  const all: Costs[] = [];
  try {
    for (const namespaces of NAMESPACES) all.push(await measure(namespaces, accountant));
  } finally {
    await accountant.close();
  }
  report(all);
  print(`load of the machine before and after: ${before.toFixed(2)}, ${(loadavg()[0] ?? NaN).toFixed(2)}`);
};

const measure = async (namespaces: number, accountant: Accountant): Promise<Costs> => {
  const held = await openNamespaces(namespaces);
  try {
    const server = await startServer('everyNamespace');
    const kept = connection(server.port);
    try {
      const files = filesRead();
      const oursMs: number[] = [];
      const catMs: number[] = [];
      let series = 0;
      for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
        const idle = await accountant.cpuMs(server.pid);
        const answer = await kept.get('/metrics');
        const ours = (await accountant.cpuMs(server.pid)) - idle;
        series = requireAll(answer.text(), namespaces);
        const { cpuMs } = await accountant.run(['cat', ...files]);
        if (round < WARM_UP_ROUNDS) continue;
        oursMs.push(ours);
        catMs.push(cpuMs);
      }
      const { residentBytes } = server.memory();
      const { requestsMs: healthyMs } = await healthyUnderScrapes(server.port);
      return { namespaces, oursMs, catMs, series, residentBytes, healthyMs };
    } finally {
      kept.close();
      await server.stop();
    }
  } finally {
    await held.close();
  }
};

const openNamespaces = async (namespaces: number): Promise<{ readonly close: () => Promise<void> }> => {
  const started = await start('python3', [holder, String(namespaces)], ['pipe', 'pipe', 'pipe']);
  const close = () => end(started);
  try {
    const { stdout } = started.child;
    if (stdout === null) throw new Error('namespaces.py has no pipes');
    const [line] = (await once(createInterface({ input: stdout }), 'line', {
      signal: AbortSignal.timeout(READY_SECONDS_LIMIT * 1000),
    })) as [string];
    if ((JSON.parse(line) as { namespaces: number }).namespaces !== namespaces) throw new Error(line);
    return { close };
  } catch (error) {
    await close();
    throw new Error(`no namespaces: ${started.complaint()} ${String(error)}`);
  }
};

/** Of one process of each namespace: those that a collector reads there. */
const filesRead = (): readonly string[] => {
  const known = collectors.map(({ name }) => ({ name, enabled: true }));
  const usual = parseConfig(undefined, known).namespaces.collectors;
  const names = collectors
    .filter(({ name }) => usual.includes(name))
    .flatMap(({ file, otherwise = [] }: Collector<string, unknown>) => [file, ...otherwise])
    .filter(file => file.startsWith('net/'));
  const ofNamespaces = new Map<string, string>();
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      ofNamespaces.set(readlinkSync(`/proc/${pid}/ns/net`), pid);
    } catch {
      // It has ended.
    }
  }
  return [...ofNamespaces.values()].flatMap(pid =>
    names.map(name => `/proc/${pid}/${name}`).filter(path => existsSync(path)),
  );
};

/** Returns how many series there are. Throws where a namespace is missing, or a collector failed. */
const requireAll = (text: string, namespaces: number): number => {
  const read = [...text.matchAll(/^netstat_scrape_netns_success\{.*\} 1$/gm)].length;
  if (read <= namespaces) throw new Error(`${read} namespaces were read, and ${namespaces + 1} are there`);
  const leaking = [...text.matchAll(/^netstat_close_wait_sockets\{family="inet",eof="unread",.*\} 1$/gm)]
    .length;
  if (leaking !== namespaces)
    throw new Error(`${leaking} namespaces are told to have a socket in CLOSE_WAIT`);
  return seriesIn(text);
};

const report = (all: readonly Costs[]): void => {
  for (const { namespaces, oursMs, catMs, series, residentBytes, healthyMs } of all) {
    print(`${namespaces} namespaces, ${oursMs.length} rounds: median (least - most) ms of CPU`);
    print(`  ours, ${series} series   ${spread(oursMs)}, RSS ${(residentBytes / 1e6).toFixed(1)} MB`);
    print(`  cat of the same files  ${spread(catMs)}`);
    const [p50 = NaN, p99 = NaN, most = NaN] = [0.5, 0.99, 1].map(share => percentile(healthyMs, share));
    print(
      `  /-/healthy meanwhile   p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, max ${most.toFixed(1)} ms of ${healthyMs.length}`,
    );
    const times = median(oursMs) / median(catMs);
    print(
      `  ours / cat             ${times.toFixed(2)}, <= ${TIMES_CAT}: ${times <= TIMES_CAT ? 'yes' : 'NO'}\n`,
    );
  }
  const [fewer, more] = all;
  if (fewer === undefined || more === undefined) return;
  const each = (costs: (of: Costs) => readonly number[]): number =>
    (median(costs(more)) - median(costs(fewer))) / (more.namespaces - fewer.namespaces);
  const ours = each(({ oursMs }) => oursMs);
  const cat = each(({ catMs }) => catMs);
  print(`one more namespace: ${ours.toFixed(2)} ms, cat of its files ${cat.toFixed(2)} ms\n`);
};

const spread = (times: readonly number[]): string => {
  const { median: middle, min, max } = summarize(times);
  return `${middle.toFixed(0)} (${min.toFixed(0)} - ${max.toFixed(0)})`;
};

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

try {
  if (process.getuid?.() !== 0) throw new Error('must run as root, to make network namespaces');
  if (process.argv[2] === 'inside') await measureAll();
  else await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
