// Protects: the server needs nothing to write to, and a Prometheus that goes away and comes back finds it as it was and leaves nothing behind.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needs } from '../needs.ts';
import { complaintsIn, eventually, exporter, output, start, startServer, type Command } from './programs.ts';
import { readDeployed, startPrometheus } from './prometheus.ts';
import { pick, samplesIn } from './samples.ts';

/** All that is mounted becomes read-only, and a folder where nothing can be written all the same is hidden by one of no size. */
const readOnly = (command: Command): Command => [
  ...(['unshare', '--mount', 'sh', '-c'] as const),
  [
    'set -e',
    'cut -d" " -f2 /proc/self/mounts | while read -r place; do mount -o remount,bind,ro "$place"; done',
    'for place in / /tmp /run /dev/shm "$PWD"; do',
    '  if touch "$place/probe" 2>/dev/null; then echo "$place can be written to" >&2; exit 1; fi',
    'done',
    'exec env -i PATH="$PATH" HOME=/nonexistent TMPDIR=/nonexistent "$@"',
  ].join('\n'),
  'sh',
  ...command,
];

describe('without a disk to write to', needs({ root: true, tools: ['unshare', 'mount'] }), () => {
  test('it starts, reads, serves and ends as anywhere else', async t => {
    const [program, ...args] = readOnly(
      exporter('serve', '--web.listen-address=127.0.0.1:0', '--web.enable-tables'),
    );
    const server = await start([program, ...args], /msg=listening address=(\S+)/);
    t.after(() => server.stop());
    const site = `http://${server.ready[1] ?? ''}`;
    for (const path of ['/', '/tables/sockets', '/-/healthy'])
      assert.equal((await fetch(site + path)).status, 200);
    const samples = samplesIn(await (await fetch(`${site}/metrics`)).text());
    assert.deepEqual(pick(samples, 'netstat_scrape_collector_failure_info'), {});
    assert.ok((pick(samples, 'netstat_scrape_collector_present')['tcp'] ?? 0) === 1);
    assert.deepEqual(complaintsIn(server.printed()), []);
    server.child.kill('SIGTERM');
    await eventually(() => {
      assert.equal(server.child.exitCode, 0);
    }, 40);
  });

  test('a scrape of the command line prints the same there', () => {
    const names = (text: string): readonly string[] =>
      [...new Set(samplesIn(text).map(({ name }) => name))].sort();
    assert.deepEqual(names(output(readOnly(exporter('scrape')))), names(output(exporter('scrape'))));
  });
});

describe('where the machine has been up for years', needs({ root: true, tools: ['unshare'] }), () => {
  test('no age and no duration begins with that', () => {
    const years = 10 * 365 * 86_400;
    const there = ['unshare', '--time', `--monotonic=${years}`, `--boottime=${years}`, '--fork'] as const;
    const samples = samplesIn(output([...there, ...exporter('scrape')]));
    const times = samples.filter(({ name }) => /_(?:oldest|watched|duration)_seconds$/.test(name));
    assert.ok(times.length > 10);
    assert.deepEqual(
      times.filter(({ value }) => value < 0 || value > 60),
      [],
    );
  });
});

/** What a scrape may take too, on a machine that runs other tests beside this one. */
const INTERVAL_SECONDS = 4;

interface Target {
  readonly health: string;
  readonly lastError: string;
}

describe('a Prometheus that goes and comes', needs({ tools: ['prometheus'] }), () => {
  test('scrapes again, and leaves no connection, descriptor or thread behind, however it went', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    const server = await startServer([]);
    t.after(async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    const { host } = new URL(server.url);
    const { scrape_configs } = readDeployed('scrape.yaml') as { scrape_configs: readonly object[] };
    const config = {
      scrape_configs: scrape_configs.map(job => ({
        ...job,
        scrape_interval: `${INTERVAL_SECONDS}s`,
        scrape_timeout: `${INTERVAL_SECONDS}s`,
        static_configs: [{ targets: [host] }],
      })),
    };
    await fetch(server.url, { headers: { connection: 'close' } });
    const heldBy = (): readonly [descriptors: number, threads: number] => [
      readdirSync(`/proc/${server.pid}/fd`).length,
      readdirSync(`/proc/${server.pid}/task`).length,
    ];
    let atRest = heldBy();
    const isAtRest = (): void => {
      const [descriptors, threads] = heldBy();
      assert.ok(
        descriptors <= atRest[0] && threads <= atRest[1],
        `${descriptors} ${threads}, ${atRest.join(' ')}`,
      );
    };

    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const prometheus = await startPrometheus(
        command => command,
        folder,
        config,
        '--web.listen-address=127.0.0.1:0',
      );
      const targets = async (): Promise<readonly Target[]> => {
        const answer = await fetch(`http://${prometheus.ready[1] ?? ''}/api/v1/targets`);
        return ((await answer.json()) as { data: { activeTargets: readonly Target[] } }).data.activeTargets;
      };
      try {
        await eventually(async () => {
          const [target] = await targets();
          assert.deepEqual([target?.health, target?.lastError], ['up', '']);
        }, 120);
        prometheus.child.kill(signal);
      } finally {
        await prometheus.stop();
      }
      await eventually(isAtRest, 80);
      atRest = heldBy();
    }
    assert.deepEqual(complaintsIn(server.printed()), []);
  });
});
