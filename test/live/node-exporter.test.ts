// Protects: whoever comes from node_exporter finds its series under its names, made from ours by a real Prometheus, with its labels and its values.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../hosts.ts';
import { needs } from '../needs.ts';
import { ask, namespaceWithSockets, type Namespace } from './namespaces.ts';
import { exporter, output, start, type Running } from './programs.ts';
import { deployFolder, readDeployed, startPrometheus } from './prometheus.ts';
import { seriesOf } from './samples.ts';

const tools = ['unshare', 'nsenter', 'python3', 'ip', 'prometheus', 'prometheus-node-exporter'];

const RULES = 'node-exporter-names.rules.yml';
/** So long nobody but Prometheus asks, over connections that it keeps. */
const QUIET_SECONDS = 8;
const WAIT_SECONDS = 40;

/** Every row of the tables in the manual: `| \`node_sockstat_TCP_tw\` | \`netstat_sockstat_tcp_tw\` | same |`. */
const manual = new Map(
  [
    ...readFileSync(join(root, 'docs', 'node-exporter.md'), 'utf8').matchAll(
      /^\| `(node_\w+)(?:\{(\w+)="([^"]*)"\})?` +\| .*? \| +(.*?) +\|$/gm,
    ),
  ].map(([, name = '', label, value = '', is = '']) => [
    label === undefined ? name : `${name}{${label}="${value}"}`,
    is,
  ]),
);

/** What the manual says of a series: of its name, or of its name with one label. */
const toldOf = ({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string | undefined =>
  Object.entries(labels)
    .map(([label, value]) => manual.get(`${name}{${label}="${value}"}`))
    .find(each => each !== undefined) ?? manual.get(name);

interface Matrix {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [time: number, value: string])[];
    }[];
  };
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** At the most, of a scrape. */
const REQUEST_BYTES = 1000;
const ANSWER_BYTES = 30_000;

describe('beside node_exporter in a scratch namespace', needs({ root: true, tools }), () => {
  let folder: string;
  let namespace: Namespace;
  const running: Running[] = [];
  let theirs: ReadonlyMap<string, Series>;
  let ours: ReadonlyMap<string, Series>;

  const fetched = (url: string): string => {
    const [answer] = ask(namespace, 1, [url]);
    assert.equal(answer?.status, 200, url);
    return answer.body;
  };
  /** By name and labels, without those of the target. */
  const series = (selector: string, ends: number, seconds: number): ReadonlyMap<string, Series> => {
    const query = new URLSearchParams({ query: `${selector}[${seconds}s]`, time: String(ends) });
    const { data } = JSON.parse(fetched(`http://127.0.0.1:9090/api/v1/query?${query.toString()}`)) as Matrix;
    return new Map(
      data.result.map(({ metric, values }) => {
        const { __name__: name = '' } = metric;
        const labels = Object.fromEntries(
          Object.entries(metric).filter(([label]) => !['__name__', 'job', 'instance'].includes(label)),
        );
        return [
          seriesOf(name, labels),
          { metric: { __name__: name, ...labels }, values: values.map(([, value]) => Number(value)) },
        ];
      }),
    );
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    namespace = await namespaceWithSockets();
    output(
      namespace.inside(['ip', 'link', 'add', 'eth8', 'mtu', '9000', 'type', 'veth', 'peer', 'name', 'eth9']),
    );
    for (const device of ['eth8', 'eth9']) output(namespace.inside(['ip', 'link', 'set', device, 'up']));
    copyFileSync(join(deployFolder, RULES), join(folder, RULES));
    // So many may wait for a listener of Go: far more than the bytes of an answer.
    output(namespace.inside(['sh', '-c', 'echo 65535 > /proc/sys/net/core/somaxconn']));
    running.push(
      await start(namespace.insideWithSysfs(exporter('serve')), /msg=listening/),
      await start(
        namespace.insideWithSysfs([
          'prometheus-node-exporter',
          '--web.listen-address=127.0.0.1:9100',
          '--collector.disable-defaults',
          ...[
            'conntrack',
            'netclass',
            'netdev',
            'netstat',
            'sockstat',
            'softnet',
            'tcpstat',
            'udp_queues',
          ].map(name => `--collector.${name}`),
          // Newer ones take TCPRcvQDrop by default.
          '--collector.netstat.fields=.*',
          // Debian leaves lo out.
          '--collector.netdev.device-exclude=^$',
        ]),
        /msg="Listening on" address=(\S+)/,
      ),
    );
    const { scrape_configs } = readDeployed('prometheus.yaml') as {
      readonly scrape_configs: readonly Readonly<Record<string, unknown>>[];
    };
    running.push(
      await startPrometheus(
        namespace.inside,
        folder,
        {
          global: { scrape_interval: '1s', evaluation_interval: '1s' },
          rule_files: [RULES],
          scrape_configs: [
            ...scrape_configs.map(job => ({ ...job, scrape_interval: '1s' })),
            { job_name: 'node', static_configs: [{ targets: ['127.0.0.1:9100'] }] },
          ],
        },
        '--web.listen-address=127.0.0.1:9090',
      ),
    );
    const deadline = Date.now() + WAIT_SECONDS * 1000;
    const isScraped = (): boolean =>
      ['node', 'netstat'].every(job => {
        const names = series(`{job="${job}",__name__=~"node_.*"}`, Date.now() / 1000, 10);
        return [...names.values()].some(({ values }) => values.length > 1);
      });
    while (!isScraped()) {
      assert.ok(Date.now() < deadline, 'waited in vain for a scrape');
      await sleep(500);
    }
    await sleep(QUIET_SECONDS * 1000);
    const now = Date.now() / 1000;
    theirs = series('{job="node",__name__=~"node_.*"}', now, QUIET_SECONDS);
    // What the rules took from our scrapes, of which the first came a little later.
    ours = series('{job="netstat",__name__=~"node_.*"}', now - 1, QUIET_SECONDS - 4);
  });
  after(async () => {
    for (const each of running.toReversed()) await each.stop();
    await namespace.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** These are of the whole host, whose other programs move them meanwhile. */
  const ofHost =
    /^node_(sockstat_(TCP_(mem_bytes|alloc|orphan)|UDP_mem_bytes)|softnet_\w+_total|nf_conntrack_)/;

  const toleranceOf = (name: string, most: number): number => {
    // Each counts the netlink sockets that it has open itself while it is asked.
    if (name === 'node_sockstat_sockets_used') return 4;
    return ofHost.test(name) ? 16 + most * 0.1 : 0;
  };

  test('every series that the manual calls the same is there, with the same labels and value', () => {
    let compared = 0;
    const wrong: string[] = [];
    for (const [key, { metric, values }] of theirs) {
      if (toldOf(metric) !== 'same') continue;
      compared++;
      const own = ours.get(key)?.values ?? [];
      if (own.length === 0) wrong.push(`${key}: none`);
      const [least, most] = [Math.min(...values), Math.max(...values)];
      const tolerance = toleranceOf(metric['__name__'] ?? '', most);
      if (own.some(value => value < least - tolerance || value > most + tolerance)) {
        wrong.push(`${key}: ours ${own.join()}, theirs ${values.join()}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(compared > 140, `only ${compared} series were compared`);
  });

  test('every name that the manual calls the same was compared, but for what this kernel has not', () => {
    const namesIn = (all: ReadonlyMap<string, Series>): ReadonlySet<string | undefined> =>
      new Set([...all.values()].map(({ metric }) => metric['__name__']));
    const [seen, given] = [namesIn(theirs), namesIn(ours)];
    const unseen = [...manual]
      .filter(([, is]) => is === 'same')
      .map(([name]) => name.replace(/\{.*/, ''))
      .filter(name => !seen.has(name))
      // A module that is not loaded, a protocol that was removed.
      .filter(name => given.has(name) || !/^node_nf_conntrack_|UDPLITE|UdpLite/.test(name));
    assert.deepEqual(unseen, []);
  });

  test('most of them stand still, and are equal', () => {
    const still = [...theirs].filter(
      ([, { metric, values }]) => toldOf(metric) === 'same' && new Set(values).size === 1 && values[0] !== 0,
    );
    assert.ok(still.length > 40, `only ${still.length} stood still at more than 0`);
  });

  test('no series that we give under such a name is one that node_exporter has not, but for zeros', () => {
    const names = new Set([...theirs.values()].map(({ metric }) => metric['__name__']));
    const more = [...ours].filter(
      ([key, { metric, values }]) =>
        !theirs.has(key) &&
        // A state without a socket has no series there.
        !(metric['__name__'] === 'node_tcp_connection_states' && values.every(value => value === 0)),
    );
    assert.deepEqual(
      more.filter(([, { metric }]) => names.has(metric['__name__'])).map(([key]) => key),
      [],
    );
  });

  test('queued bytes are as the manual says: without the connections that wait for listeners', () => {
    const listeners = (metric: string): number =>
      [...series(`netstat_listener_${metric}`, Date.now() / 1000, 5).values()].reduce(
        (sum, { values }) => sum + (values.at(-1) ?? NaN),
        0,
      );
    const values = (from: ReadonlyMap<string, Series>, state: string): readonly number[] =>
      from.get(seriesOf('node_tcp_connection_states', { state }))?.values ?? [];
    const closest = (state: string, waiting: number): number =>
      Math.min(
        ...values(theirs, state).flatMap(value =>
          values(ours, state).map(each => Math.abs(value - waiting - each)),
        ),
      );
    // The two are scraped side by side: the request or the answer of a scrape may be on its way while the other counts.
    assert.ok(closest('rx_queued_bytes', listeners('accept_queue_length')) <= REQUEST_BYTES);
    const limit = listeners('accept_queue_limit');
    assert.ok(limit > ANSWER_BYTES, 'or the next would say nothing');
    assert.ok(closest('tx_queued_bytes', limit) <= ANSWER_BYTES);
  });

  test('the manual has every name of the rules, and the rules every one that it does not call missing', () => {
    const { groups } = readDeployed(RULES) as {
      readonly groups: readonly {
        readonly rules: readonly {
          readonly record: string;
          readonly labels?: Readonly<Record<string, string>>;
        }[];
      }[];
    };
    const recorded = groups.flatMap(({ rules }) =>
      rules.map(({ record, labels = {} }) => ({ __name__: record, ...labels })),
    );
    assert.deepEqual(
      recorded.filter(each => toldOf(each) === undefined),
      [],
    );
    const names = new Set(recorded.map(({ __name__ }) => __name__));
    const given = [...manual].filter(([, is]) => !is.startsWith('missing'));
    assert.deepEqual(
      given.map(([name]) => name.replace(/\{.*/, '')).filter(name => !names.has(name)),
      [],
    );
    assert.ok(given.length > 80);
  });
});
