/**
 * `npm run bench:conntrack`: what reading a large table of connections costs, beside `cat` of the same file. README.md says
 * what is measured and how. What is started ends with this process, however it ends.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { conntrack } from '../src/collectors/conntrack/conntrack.ts';
import { thisMachine } from '../src/procfs/machine.ts';
import { directory, type Places } from '../src/procfs/source.ts';
import { createMemories } from '../src/snapshot/memory.ts';
import { readCollector } from '../src/snapshot/read.ts';
import { startAccountant } from './accountant.ts';
import { openNamespace } from './namespace.ts';
import { output, printed, start } from './processes.ts';
import { summarize } from './statistics.ts';

const ROWS = 200_000;
const ROUNDS = 25;
const WARM_UP_PASSES = 8;
const PAUSE_SECONDS = 0.1;
const SECONDS_LIMIT = 240;
/** Reading may cost so many times what cat costs. */
const TARGET = 1.5;
/** As the program itself runs: see the first line of main.ts. */
const NODE_FLAGS = [
  '--max-heap-size=96',
  '--semi-space-growth-factor=1',
  '--single-threaded-gc',
  '--expose-gc',
];

interface Measured {
  readonly catMs: readonly number[];
  readonly oursMs: readonly number[];
  readonly rows: number;
  readonly bytes: number;
  /** Before the first pass, and after the last. */
  readonly residentBytes: readonly [number, number];
  readonly heapBytes: readonly [number, number];
}

/** A connection of a busy gateway, the same for the same number: as the kernel prints it, and as conntrack adds it. */
const connection = (i: number): { readonly row: string; readonly command: string } => {
  const isInet6 = i % 4 === 3;
  const isTcp = i % 3 !== 2;
  const digits = (value: number): string => value.toString(16).padStart(4, '0');
  const address = (network: number, host: number): string =>
    isInet6
      ? `2001:0db8:${digits(network)}:0000:0000:0000:${digits(host >> 16)}:${digits(host & 0xffff)}`
      : `10.${network + (host >> 16)}.${(host >> 8) & 0xff}.${host & 0xff}`;

  const [from, to] = [address(0, i), address(100, i % 4999)];
  const kind = i % 10;
  const translatedFrom = kind < 4 || kind === 6 ? address(200, 1) : from;
  const translatedTo = kind === 5 || kind === 6 ? address(50, i % 7) : to;
  const port = 1024 + (i % 60_000);
  const service = isTcp ? 443 : 53;
  const state = ['ESTABLISHED', 'ESTABLISHED', 'TIME_WAIT', 'CLOSE_WAIT', 'SYN_SENT'][i % 5] ?? '';
  const isReplied = isTcp ? state !== 'SYN_SENT' : i % 5 !== 0;
  const seconds = 100_000 + (i % 300_000);

  const words = [
    isInet6 ? 'ipv6     10' : 'ipv4     2',
    isTcp ? `tcp      6 ${seconds} ${state}` : `udp      17 ${seconds}`,
    `src=${from} dst=${to} sport=${port} dport=${service}`,
    ...(isReplied ? [] : ['[UNREPLIED]']),
    `src=${translatedTo} dst=${translatedFrom} sport=${service} dport=${port}`,
    ...(isReplied ? ['[ASSURED]'] : []),
    'mark=0 zone=0 use=2',
  ];
  const options = [
    `-I -p ${isTcp ? 'tcp' : 'udp'} -t ${seconds} -s ${from} -d ${to} --sport ${port} --dport ${service}`,
    `-r ${translatedTo} -q ${translatedFrom} --reply-port-src ${service} --reply-port-dst ${port}`,
    ...(isTcp ? [`--state ${state}`] : []),
    ...(isReplied ? ['-u ASSURED,SEEN_REPLY'] : []),
  ];
  return { row: words.join(' '), command: options.join(' ') };
};

const main = async (): Promise<void> => {
  if (process.getuid?.() !== 0) throw new Error('must run as root, to make network namespaces');
  const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-bench-'));
  try {
    const connections = Array.from({ length: ROWS }, (_, i) => connection(i));
    const batch = join(folder, 'batch');
    mkdirSync(join(folder, 'net'));
    writeFileSync(join(folder, 'net', 'nf_conntrack'), connections.map(({ row }) => `${row}\n`).join(''));
    writeFileSync(batch, connections.map(({ command }) => `${command}\n`).join(''));

    print(`load of the machine before: ${(loadavg()[0] ?? NaN).toFixed(2)}\n`);
    print(report('a plain file', await measureInside([], { procfs: folder, sysfs: folder })));

    const namespace = await openNamespace(0);
    try {
      const inside = [`--target=${namespace.pid}`, '--net', '--mount'];
      await output('nsenter', [...inside, 'conntrack', '-R', batch], SECONDS_LIMIT);
      print(report('a table of the kernel', await measureInside(inside, { procfs: '/proc', sysfs: '/sys' })));
    } finally {
      await namespace.close();
    }
    print(`load of the machine after: ${(loadavg()[0] ?? NaN).toFixed(2)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Runs this file once more, in the namespace and with the flags of the program. */
const measureInside = async (namespace: readonly string[], places: Places): Promise<Measured> => {
  const prefix = namespace.length === 0 ? [] : ['nsenter', ...namespace];
  const self = [process.execPath, ...NODE_FLAGS, fileURLToPath(import.meta.url), JSON.stringify(places)];
  const [program = '', ...args] = [...prefix, ...self];
  const started = await start(program, args, ['pipe', 'pipe', 'inherit']);
  return JSON.parse(await printed(started, 'the measuring process', SECONDS_LIMIT)) as Measured;
};

const measure = async (places: Places): Promise<Measured> => {
  const file = join(places.procfs === '/proc' ? '/proc/self' : places.procfs, 'net', 'nf_conntrack');
  const source = directory(places, thisMachine());
  const memoryOf = createMemories();
  const accountant = await startAccountant();
  const pass = (): number => {
    const before = process.cpuUsage();
    const outcome = readCollector(conntrack, source, memoryOf(conntrack.name));
    const { user, system } = process.cpuUsage(before);
    if (outcome.status !== 'ok') throw new Error(JSON.stringify(outcome));
    rows = 0;
    const entries = conntrack.families.find(({ name }) => name === 'conntrack_entries');
    entries?.sample(outcome.data, value => (rows += value));
    if (rows !== ROWS || outcome.skipped.count > 0) throw new Error(`${rows} rows were counted`);
    return (user + system) / 1000;
  };
  let rows = 0;

  try {
    const memoryBefore = process.memoryUsage();
    for (let i = 0; i < WARM_UP_PASSES; i++) pass();
    const catMs: number[] = [];
    const oursMs: number[] = [];
    const cat = async () => catMs.push((await accountant.run(['cat', file])).cpuMs);
    const ours = () => oursMs.push(pass());
    for (let round = 0; round < ROUNDS; round++) {
      await delay(PAUSE_SECONDS * 1000);
      // In turns: neither always meets what the other left in the caches.
      if (round % 2 === 0) ours();
      await cat();
      if (round % 2 === 1) ours();
    }
    const heapBefore = memoryBefore.heapUsed;
    globalThis.gc?.();
    const memoryAfter = process.memoryUsage();
    let bytes = 0;
    for (const chunk of source.open('net/nf_conntrack') ?? []) bytes += chunk.length;
    return {
      catMs,
      oursMs,
      rows,
      bytes,
      residentBytes: [memoryBefore.rss, memoryAfter.rss],
      heapBytes: [heapBefore, memoryAfter.heapUsed],
    };
  } finally {
    await accountant.close();
  }
};

const report = (what: string, measured: Measured): string => {
  const { rows, bytes, catMs, oursMs, residentBytes, heapBytes } = measured;
  const [cat, ours] = [summarize(catMs), summarize(oursMs)];
  const spread = ({ median, min, max }: typeof cat): string =>
    `${median.toFixed(1)} (${min.toFixed(1)} - ${max.toFixed(1)}) ms`.padStart(30);
  const ratio = ours.median / cat.median;
  const more = ((ours.median - cat.median) / rows) * 1000;
  const megabytes = (pair: readonly number[]): string =>
    pair.map(each => (each / 1e6).toFixed(1)).join(' MB before, ') + ' MB after';
  return [
    `${what}: ${rows.toLocaleString('en-US')} rows, ${(bytes / 1e6).toFixed(1)} MB, ${oursMs.length} rounds`,
    '',
    `  CPU, cat                 ${spread(cat)}`,
    `  CPU, ours                ${spread(ours)}`,
    `  ours / cat               ${ratio.toFixed(2)}, <= ${TARGET} ${ratio <= TARGET ? 'yes' : 'NO'}`,
    `  ours beyond cat          ${more.toFixed(2)} microseconds a row`,
    `  RSS                      ${megabytes(residentBytes)} ${WARM_UP_PASSES + ROUNDS} passes`,
    `  heap                     ${megabytes(heapBytes)}`,
    '',
  ].join('\n');
};

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

try {
  const [places] = process.argv.slice(2);
  if (places === undefined) await main();
  else print(JSON.stringify(await measure(JSON.parse(places) as Places)));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
