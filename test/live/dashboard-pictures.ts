/**
 * `npm run pictures:dashboards`: takes pictures of the dashboards, drawn by Grafana's own components (grafana/preview) with data of a
 * Prometheus that has watched four hosts with trouble for some minutes. Needs root, what the test of the dashboards needs,
 * and `npm ci` in grafana/preview.
 *
 * With a folder as its argument it keeps what Prometheus recorded there, and draws from what an earlier run has kept.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../hosts.ts';
import { startChromium } from './browser.ts';
import {
  namespaceOfLeak,
  namespaceOfRouter,
  namespaceWithLinks,
  namespaceWithSockets,
  type Leaking,
  type Namespace,
} from './namespaces.ts';
import { exporter, output, start, type Running } from './programs.ts';
import { deployFolder, startPrometheus } from './prometheus.ts';

/** The scenes hold for three minutes, some of which it takes to start them all and to stop. */
const SCENE_SECONDS = 165;
const STEP_SECONDS = 2;
/** What the leak may come to, of the descriptors that the program has. */
const LEAK_SHARE = 0.85;
const LEAKS_A_STEP = 4;
const WIDTH = 1600;
const BYTES_LIMIT = 300_000;

const preview = join(root, 'grafana', 'preview');

interface Picture {
  readonly dashboard: string;
  readonly choice: Readonly<Record<string, string>>;
  /** Of the page; the rest is cut off. */
  readonly height: number;
}

const pictures: readonly Picture[] = [
  { dashboard: 'netstat-overview', choice: { instance: 'shop-1:10055' }, height: 1290 },
  { dashboard: 'netstat-close-wait', choice: {}, height: 1300 },
  { dashboard: 'netstat-protocols', choice: { instance: 'shop-1:10055' }, height: 1360 },
  { dashboard: 'netstat-interfaces', choice: {}, height: 1360 },
  { dashboard: 'netstat-conntrack', choice: { instance: 'gateway-1:10055' }, height: 1240 },
  { dashboard: 'netstat-fleet', choice: {}, height: 1300 },
  { dashboard: 'netstat-exporter', choice: {}, height: 1300 },
];

/**
 * A shop with customers, which closes what it should; beside it a listener that does not accept, and datagrams faster than
 * they are read. Each customer has an address of its own, because the namespace has few ports.
 */
const STOREFRONT = `
import random, socket, threading, time
HOST = "10.20.0.5"

def serve(connection):
    with connection:
        while connection.recv(65536):
            connection.sendall(b"x" * 3000)

def accept_all(server):
    while True:
        threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

def visitor(port, is_patient):
    sock = socket.socket()
    sock.bind((f"10.20.{random.randint(100, 199)}.{random.randint(1, 254)}", 0))
    sock.setblocking(is_patient)
    sock.connect_ex((HOST, port))
    return sock

threading.Thread(target=accept_all, args=(socket.create_server((HOST, 8090), backlog=64),), daemon=True).start()
stuck = socket.create_server((HOST, 8091), backlog=6)
visitors, turned_away = [], []
names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print("ready", flush=True)
while True:
    for _ in range(random.randint(1, 5)):
        visitors.append(visitor(8090, True))
    for each in random.sample(visitors, len(visitors) // 2):
        each.sendall(b"GET / HTTP/1.1")
        each.recv(65536)
    while len(visitors) > 30 + 15 * random.random():
        visitors.pop(0).close()
    turned_away.append(visitor(8091, False))
    while len(turned_away) > 12:
        turned_away.pop(0).close()
    for _ in range(random.randint(0, 30)):
        names.sendto(b"x" * 1200, (HOST, 5353))
        names.sendto(b"x" * random.randint(100, 1200), ("10.77.0.9", 9))
    names.sendto(b"x", (HOST, 54))
    time.sleep(0.3)
`;

/** Leads what connects here to a port in the namespace. */
const bridge = async (namespace: Namespace, port: string): Promise<Server> => {
  const pipe = `const s=require('net').connect(${port},'127.0.0.1');process.stdin.pipe(s);s.pipe(process.stdout);s.on('close',()=>process.exit())`;
  const server = createServer(socket => {
    const [program, ...args] = namespace.inside([process.execPath, '-e', pipe]);
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    socket.pipe(child.stdin);
    child.stdout.pipe(socket);
    socket.on('error', () => child.kill());
    child.stdin.on('error', () => socket.destroy());
    socket.on('close', () => child.kill());
    child.on('exit', () => socket.destroy());
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
};

const mayLeak = ({ leaker: { descriptors, unread, read } }: Leaking): boolean =>
  unread + read < LEAK_SHARE * descriptors;

const prometheusConfig = (targets: readonly object[]): object => ({
  global: {
    scrape_interval: `${STEP_SECONDS}s`,
    evaluation_interval: `${STEP_SECONDS}s`,
    scrape_timeout: `${STEP_SECONDS}s`,
  },
  rule_files: [join(deployFolder, 'fleet.rules.yml')],
  scrape_configs: [{ job_name: 'netstat', static_configs: targets }],
});

const startHere = (folder: string, targets: readonly object[]): Promise<Running> =>
  startPrometheus(command => command, folder, prometheusConfig(targets), '--web.listen-address=127.0.0.1:0');

/** How many hosts answer. */
const countUp = async ({ ready }: Running): Promise<number> => {
  const answer = await fetch(`http://${ready[1] ?? ''}/api/v1/query?query=count(up==1)`);
  const { data } = (await answer.json()) as {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  };
  return Number(data.result[0]?.value[1] ?? 0);
};

/** Has Prometheus record in the folder what happens on the hosts. */
const record = async (folder: string): Promise<void> => {
  const begun = Date.now();
  const [leak, router, links, sockets] = await Promise.all([
    namespaceOfLeak('plain'),
    namespaceOfRouter(),
    namespaceWithLinks(),
    namespaceWithSockets(),
  ]);
  const hosts = { 'shop-1': leak, 'gateway-1': router, 'links-1': links, 'mail-1': sockets };
  const running: Running[] = [];
  const servers: Server[] = [];
  try {
    const targets: object[] = [];
    for (const [name, namespace] of Object.entries(hosts)) {
      const serve = exporter('serve', '--web.listen-address=127.0.0.1:0');
      const server = await start(namespace.insideWithSysfs(serve), /msg=listening address=\S+:(\d+)/);
      running.push(server);
      const entrance = await bridge(namespace, server.ready[1] ?? '');
      servers.push(entrance);
      const { port } = entrance.address() as AddressInfo;
      targets.push({ targets: [`127.0.0.1:${port}`], labels: { instance: `${name}:10055` } });
    }
    const prometheus = await startHere(folder, targets);
    running.push(prometheus);
    const script = join(folder, 'storefront.py');
    writeFileSync(script, STOREFRONT);
    running.push(await start(leak.inside(['python3', script]), /ready/));

    let from: number | undefined;
    for (let step = 0; Date.now() < begun + SCENE_SECONDS * 1000; step++) {
      if (from === undefined) {
        await sleep(STEP_SECONDS * 1000);
        if ((await countUp(prometheus)) === targets.length) from = Math.ceil(Date.now() / 1000);
        continue;
      }
      for (let leaks = 0; leaks < LEAKS_A_STEP && mayLeak(leak.started()); leaks++) await leak.tell('leak');
      output(
        router.inside([
          ...(['conntrack', '-I', '-p', 'udp', '-t', '300', '-s', '192.0.2.2', '-d', '192.0.2.9'] as const),
          ...['--sport', String(5000 + step), '--dport', '53'],
        ]),
      );
      await sleep(STEP_SECONDS * 1000);
    }
    if (from === undefined) throw new Error('the hosts did not all answer');
    const to = Math.floor(Date.now() / 1000);
    writeFileSync(join(folder, 'range.json'), JSON.stringify({ from, to }));
  } finally {
    for (const { stop } of running.reverse()) await stop();
    for (const server of servers) server.close();
    for (const { stop } of Object.values(hosts)) await stop();
  }
};

const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };

const draw = async (folder: string): Promise<void> => {
  const built = join(folder, 'preview');
  execFileSync(join(preview, 'node_modules', '.bin', 'vite'), ['build', '--outDir', built, '--emptyOutDir'], {
    cwd: preview,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const { from, to } = JSON.parse(readFileSync(join(folder, 'range.json'), 'utf8')) as Readonly<
    Record<'from' | 'to', number>
  >;
  const prometheus = await startHere(folder, []);
  const origin = `http://${prometheus.ready[1] ?? ''}`;
  const chromium = await startChromium();
  try {
    for (const { dashboard, choice, height } of pictures) {
      const viewport = { width: WIDTH, height };
      const { page, close } = await chromium.open(origin, { viewport, timezoneId: 'UTC' });
      // The page is ours, what it asks for is of Prometheus.
      await page.route(`${origin}/preview/**`, async route => {
        const path = new URL(route.request().url()).pathname.slice('/preview/'.length);
        const file = join(built, path);
        const contentType = types[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
        await (existsSync(file)
          ? route.fulfill({ path: file, contentType })
          : route.fulfill({ status: 404 }));
      });
      const json: unknown = JSON.parse(readFileSync(join(root, 'grafana', `${dashboard}.json`), 'utf8'));
      const scene = {
        dashboard: json,
        choice,
        from,
        to,
        step: STEP_SECONDS,
        rateInterval: `${4 * STEP_SECONDS}s`,
      };
      await page.addInitScript(`window.preview = ${JSON.stringify({ ...scene, width: WIDTH })};`);
      await page.goto(`${origin}/preview/index.html`);
      await page.waitForSelector('body[data-ready]', { timeout: 60_000 });
      const failures = await page.locator('[data-failure]').allTextContents();
      if (failures.length > 0) throw new Error(failures.join('\n'));
      const file = join(root, 'docs', 'images', `dashboard-${dashboard.replace(/^netstat-/, '')}.png`);
      await page.screenshot({ path: file });
      const { size } = statSync(file);
      process.stdout.write(`${relative(root, file)} ${size} bytes\n`);
      if (size > BYTES_LIMIT) throw new Error(`more than ${BYTES_LIMIT} bytes`);
      await close();
    }
  } finally {
    await chromium.stop();
    await prometheus.stop();
  }
};

const [kept] = process.argv.slice(2);
const folder = kept ?? mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
mkdirSync(folder, { recursive: true });
try {
  if (!existsSync(join(folder, 'range.json'))) await record(folder);
  await draw(folder);
} finally {
  if (kept === undefined) rmSync(folder, { recursive: true });
}
