/** The exporters, each started as its documentation says, on the loopback of the namespace we are in. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connection, type Answer } from './client.ts';
import { end, hasEnded, start } from './processes.ts';
import type { Memory, ServerName, Subject } from './results.ts';

interface Description {
  readonly port: number;
  readonly command: readonly [string, ...string[]];
}

const main = fileURLToPath(new URL('../src/main.js', import.meta.url));

/** Time enough to find all owners. It stays where the sources are. */
const patience = fileURLToPath(new URL('../../bench/patience.yaml', import.meta.url));
const lean = fileURLToPath(new URL('../../bench/lean.yaml', import.meta.url));
const everyNamespace = fileURLToPath(new URL('../../bench/namespaces.yaml', import.meta.url));

/** `netstat-exporter show`, as whoever installs it runs it. */
export const show = (...options: readonly string[]): readonly string[] => [
  process.execPath,
  ...nodeFlags(),
  main,
  'show',
  ...options,
];

/** How Node.js is to be started is told by the first line of the program, which whoever installs it runs. */
export const nodeFlags = (): readonly string[] =>
  /^#!\S+ -S node (.+)$/m.exec(readFileSync(main, 'utf8'))?.[1]?.split(' ') ?? [];

const ours = (port: number, ...flags: readonly string[]): Description => ({
  port,
  command: [
    process.execPath,
    ...nodeFlags(),
    main,
    'serve',
    `--web.listen-address=127.0.0.1:${port}`,
    ...flags,
  ],
});

const descriptions: Readonly<Record<ServerName, Description>> = {
  ours: ours(10055),
  withOwners: ours(10055, `--config.file=${patience}`),
  withoutOwners: ours(10056, `--config.file=${patience}`, '--no-collector.programs'),
  lean: ours(10057, `--config.file=${lean}`),
  everyNamespace: ours(10055, `--config.file=${everyNamespace}`),
  withTables: ours(10055, `--config.file=${patience}`, '--web.enable-tables'),
  nodeExporter: {
    port: 9100,
    command: [
      'prometheus-node-exporter',
      '--web.listen-address=127.0.0.1:9100',
      '--collector.disable-defaults',
      '--collector.tcpstat',
      '--collector.sockstat',
      '--collector.netstat',
      '--collector.netdev',
    ],
  },
  nodeExporterSix: {
    port: 9101,
    command: [
      'prometheus-node-exporter',
      '--web.listen-address=127.0.0.1:9101',
      '--collector.disable-defaults',
      '--collector.tcpstat',
      '--collector.netstat',
      '--collector.netdev',
      '--collector.netclass',
      '--collector.sockstat',
      '--collector.udp_queues',
    ],
  },
};

/** What those collectors of node_exporter read, read by ours. */
const SAME_COLLECTORS = ['tcp', 'tcp6', 'sockstat', 'sockstat6', 'netstat', 'snmp', 'snmp6', 'dev'];

/** And those of its six. */
const SIX_COLLECTORS = [...SAME_COLLECTORS, 'interfaces', 'udp', 'udp6'];

const asking = (collectors: readonly string[]): string =>
  `/metrics?${new URLSearchParams(collectors.map((name): [string, string] => ['collect[]', name])).toString()}`;

interface Asked {
  readonly server: ServerName;
  readonly path: string;
  /** Only where this one runs as well. */
  readonly beside?: ServerName;
}

/** Who is asked for what. */
export const scrapes = {
  same: { server: 'ours', path: asking(SAME_COLLECTORS) },
  nodeExporter: { server: 'nodeExporter', path: '/metrics' },
  everything: { server: 'ours', path: '/metrics' },
  six: { server: 'ours', path: asking(SIX_COLLECTORS), beside: 'nodeExporterSix' },
  nodeExporterSix: { server: 'nodeExporterSix', path: '/metrics' },
  lean: { server: 'lean', path: asking(SAME_COLLECTORS) },
} as const satisfies Partial<Record<Subject, Asked>>;

export interface Server {
  readonly pid: number;
  readonly port: number;
  /** From the spawn to the end of the first answer. */
  readonly startMs: number;
  readonly firstAnswer: Answer;
  memory(): Memory;
  stop(): Promise<void>;
}

const START_SECONDS_LIMIT = 30;
const ASK_AGAIN_MILLISECONDS = 2;

/** Resolves once it has answered its first scrape. */
export const startServer = async (name: ServerName): Promise<Server> => {
  const { port, command } = descriptions[name];
  const [program, ...args] = command;
  const startedAt = performance.now();
  const started = await start(program, args, ['ignore', 'ignore', 'pipe']);
  const deadline = startedAt + START_SECONDS_LIMIT * 1000;
  let firstAnswer: Answer | undefined;
  while ((firstAnswer = await answers(port)) === undefined) {
    if (hasEnded(started.child) || performance.now() > deadline) {
      await end(started);
      throw new Error(`${name} did not start: ${started.complaint()}`);
    }
    await delay(ASK_AGAIN_MILLISECONDS);
  }
  const startMs = performance.now() - startedAt;
  return {
    pid: started.pid,
    port,
    startMs,
    firstAnswer,
    memory: () => memoryOf(started.pid),
    stop: () => end(started),
  };
};

const answers = async (port: number): Promise<Answer | undefined> => {
  const once = connection(port);
  try {
    return await once.get('/metrics');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return undefined;
    throw error;
  } finally {
    once.close();
  }
};

const memoryOf = (pid: number): Memory => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
  return { residentBytes: bytes('VmRSS'), peakResidentBytes: bytes('VmHWM') };
};
