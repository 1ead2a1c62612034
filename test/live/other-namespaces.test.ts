// Protects: every network namespace of a live host is told as a program inside it tells it, with its owners, its name and its tables.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { namespaceInode } from '../../src/procfs/source.ts';
import { needs } from '../needs.ts';
import { namespaceOfLeak, namespaceWithSockets, type LeakNamespace, type Namespace } from './namespaces.ts';
import { createNobody, type Nobody } from './nobody.ts';
import { eventually, exporter, output, run, start, startServer, type Running } from './programs.ts';
import { one, pick, samplesIn, seriesOf, sum, type Sample } from './samples.ts';

const tools = ['unshare', 'nsenter', 'python3', 'ip', 'nft', 'setpriv', 'ss'];

/** What stands still while nobody does anything in the namespace. */
const families = [
  ...['sockets', 'close_wait_sockets', 'port_sockets', 'user_sockets', 'program_sockets'],
  ...['program_close_wait_sockets', 'listener_accept_queue_length', 'socket_receive_queue_bytes'],
  ...['routes', 'default_routes', 'interface_addresses', 'multicast_groups', 'interface_receive_bytes_total'],
].map(name => `netstat_${name}`);

/** Of our own alone: others may be there. */
const NAMED = `nx-${process.pid}`;

describe('the namespaces of a live host', needs({ root: true, tools }), () => {
  let sockets: Namespace;
  let leak: LeakNamespace;
  let named: Running;
  let nobody: Nobody;
  let folder: string;
  /** Of all of them, and of one. */
  let configuration: string;
  let patient: string;
  let server: Running & { readonly url: string };
  const inodes: Record<'sockets' | 'leak', string> = { sockets: '', leak: '' };

  before(async () => {
    sockets = await namespaceWithSockets();
    leak = await namespaceOfLeak('plain');
    output(['ip', 'netns', 'add', NAMED]);
    named = await start(
      ['ip', 'netns', 'exec', NAMED, 'sh', '-c', 'ip link set lo up && echo ready && exec cat'],
      /ready/,
    );
    nobody = createNobody();
    inodes.sockets = inodeOf(sockets.pid);
    inodes.leak = inodeOf(leak.pid);
    folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    configuration = join(folder, 'config.yaml');
    writeFileSync(
      configuration,
      `namespaces: { mode: all, include: '${inodes.sockets}|${inodes.leak}|${NAMED}', collectors: [] }\nprograms: { search_seconds: 10 }\nweb: { scrape_timeout_seconds: 60 }\n`,
    );
    patient = join(folder, 'patient.yaml');
    writeFileSync(patient, 'programs: { search_seconds: 10 }\n');
    server = await startServer([], `--config.file=${configuration}`, '--web.enable-tables');
  });
  after(async () => {
    await server.stop();
    await named.stop();
    await leak.stop();
    await sockets.stop();
    output(['ip', 'netns', 'del', NAMED]);
    nobody.remove();
    rmSync(folder, { recursive: true });
  });

  const inodeOf = (pid: number): string => namespaceInode(`/proc/${pid}/ns/net`) ?? '';
  const scrape = async (): Promise<readonly Sample[]> => samplesIn(await (await fetch(server.url)).text());

  /** Of one namespace, without saying so. */
  const within = (samples: readonly Sample[], netns: string): readonly string[] =>
    samples
      .filter(({ name, labels }) => families.includes(name) && labels['netns'] === netns)
      .map(({ name, labels, value }) => {
        const others = Object.entries(labels).filter(([label]) => label !== 'netns');
        return `${seriesOf(name, Object.fromEntries(others))} ${value}`;
      })
      .sort();
  const inside = (namespace: Namespace): readonly string[] =>
    samplesIn(output(namespace.inside(exporter('scrape', `--config.file=${patient}`))))
      .filter(({ name }) => families.includes(name))
      .map(({ name, labels, value }) => `${seriesOf(name, labels)} ${value}`)
      .sort();
  test('each is told as a program inside it tells it', async () => {
    for (const [namespace, netns] of [
      [sockets, inodes.sockets],
      [leak, inodes.leak],
    ] as const) {
      await eventually(async () => {
        const told = within(await scrape(), netns);
        assert.deepEqual(told, inside(namespace));
        assert.ok(told.length > 50, String(told.length));
      });
    }
  });

  test('a name below /run/netns is what it is called, and every one that is read has its line', async () => {
    const samples = await scrape();
    const info = samples.filter(({ name }) => name === 'netstat_exporter_netns_info');
    assert.deepEqual(
      new Set(info.map(({ labels }) => labels['netns'])),
      new Set([inodeOf(process.pid), NAMED, inodes.sockets, inodes.leak]),
    );
    const ofNamed = info.find(({ labels }) => labels['netns'] === NAMED);
    assert.equal(ofNamed?.labels['inode'], inodeOf(named.pid));
    assert.equal(one(samples, 'netstat_scrape_netns_success', { netns: NAMED, container: '' }), 1);
    assert.deepEqual(pick(samples, 'netstat_interface_info', { netns: NAMED }), {}, 'no sysfs shows it');
    const lo = pick(samples, 'netstat_interface_receive_bytes_total', { netns: NAMED, device: 'lo' });
    assert.deepEqual(Object.keys(lo), ['']);
  });

  test('programs are found in every namespace', async () => {
    const { leaker } = leak.started();
    const samples = await scrape();
    const held = pick(samples, 'netstat_program_close_wait_sockets', { netns: inodes.leak, eof: 'read' });
    assert.ok(sum(Object.values(held)) >= leaker.read, JSON.stringify(held));
    assert.ok(
      Object.entries(held).some(([program, count]) => program !== '' && count === leaker.read),
      JSON.stringify(held),
    );
  });

  test('a page shows the sockets of the namespace that is asked for, as ss does in it', async () => {
    const { origin } = new URL(server.url);
    const page = async (query: string): Promise<{ readonly status: number; readonly text: string }> => {
      const response = await fetch(`${origin}/tables/sockets?${query}`);
      return { status: response.status, text: await response.text() };
    };
    const asked = `state=CLOSE_WAIT&protocol=tcp&netns=${inodes.leak}`;
    const { text } = await page(`${asked}&format=json`);
    const told = JSON.parse(text) as { matched: number; netns: string; namespaces: readonly string[] };
    const theirs = output(leak.inside(['ss', '-tanH', 'state', 'close-wait']))
      .trim()
      .split('\n');
    assert.equal(told.matched, theirs.length);
    assert.equal(told.netns, inodes.leak);
    assert.ok(told.namespaces.includes(NAMED));

    const html = (await page(asked)).text;
    assert.match(html, new RegExp(`in network namespace ${inodes.leak}`));
    assert.match(html, new RegExp(`<option value="${inodes.leak}" selected`));
    // Whatever is followed from here is of the same namespace.
    const links = [...html.matchAll(/href="(\/tables\/[^"]*)"/g)].map(([, href = '']) => href);
    assert.ok(links.length > 10);
    assert.ok(links.every(href => href.includes(`netns=${inodes.leak}`)));

    const none = await page('netns=no-such');
    assert.equal(none.status, 404);
    assert.equal(none.text, 'There is no network namespace "no-such", or it is not read.\n');
    const statistics = await fetch(`${origin}/tables/statistics?netns=${NAMED}&format=json`);
    assert.equal(((await statistics.json()) as { netns: string }).netns, NAMED);
  });

  test('one that goes takes its series with it, and nothing else', async () => {
    const extra = await start(['unshare', '-n', 'sh', '-c', 'echo ready && exec cat'], /ready/);
    const inode = inodeOf(extra.pid);
    const file = join(folder, 'extra.yaml');
    writeFileSync(file, `namespaces: { mode: all, include: '${inode}|${NAMED}', collectors: [dev, snmp] }\n`);
    const other = await startServer([], `--config.file=${file}`, '--no-collector.programs');
    try {
      const netnsOf = async (): Promise<ReadonlySet<string>> =>
        new Set(
          samplesIn(await (await fetch(other.url)).text())
            .filter(({ name }) => name === 'netstat_interface_receive_bytes_total')
            .map(({ labels }) => labels['netns'] ?? ''),
        );
      assert.deepEqual(await netnsOf(), new Set([inodeOf(process.pid), NAMED, inode]));
      await extra.stop();
      await eventually(async () => {
        assert.deepEqual(await netnsOf(), new Set([inodeOf(process.pid), NAMED]));
      });
    } finally {
      await extra.stop();
      await other.stop();
    }
  });

  test('who may not see the processes of others is told so, and reads what is his', () => {
    const file = nobody.write('config.yaml', readFileSync(configuration, 'utf8'));
    // Connection tracking is for root alone, which is a failure of its own.
    const { stdout } = run(nobody.exporter(['scrape', `--config.file=${file}`]));
    const samples = samplesIn(stdout);
    assert.ok((one(samples, 'netstat_exporter_netns_hidden_processes') ?? 0) > 0);
    const read = samples.filter(({ name }) => name === 'netstat_exporter_netns_info');
    assert.deepEqual(
      read.map(({ labels }) => labels['netns']),
      [inodeOf(process.pid)],
    );
  });
});
