// Protects: a real Prometheus, configured as users are told to, takes every sample of ours in both formats and complains of nothing.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs } from '../needs.ts';
import { complaintsIn, eventually, mainFile, output, run, startServer, type Running } from './programs.ts';
import { deployFolder, readDeployed, startPrometheus } from './prometheus.ts';
import { seriesOf, valuesBySeries } from './samples.ts';

const example = 'scrape.yaml';

/** What a scrape may take too: on a machine that runs other tests beside this one, a second is not enough. */
const intervalSeconds = 4;

/** As far as the example goes. */
interface PrometheusConfig {
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly scrape_interval: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}

interface Recorded {
  readonly accept: string;
  readonly timeoutSeconds: string;
  readonly contentType: string;
  readonly body: string;
}

interface Recorder {
  readonly target: string;
  readonly recorded: readonly Recorded[];
  readonly server: Server;
}

/** Hands requests on to the exporter and keeps what was asked and answered. */
const record = async (url: string, accept: string | undefined): Promise<Recorder> => {
  const recorded: Recorded[] = [];
  const server = createServer((request, response) => {
    const asked = accept ?? request.headers.accept ?? '';
    const timeoutSeconds = String(request.headers['x-prometheus-scrape-timeout-seconds']);
    const headers = { accept: asked, 'x-prometheus-scrape-timeout-seconds': timeoutSeconds };
    void fetch(url, { headers }).then(
      async answer => {
        const contentType = answer.headers.get('content-type') ?? '';
        const body = await answer.text();
        recorded.push({ accept: asked, timeoutSeconds, contentType, body });
        response.writeHead(answer.status, { 'content-type': contentType }).end(body);
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { target: `127.0.0.1:${(server.address() as AddressInfo).port}`, recorded, server };
};

/** As far as it is used: https://prometheus.io/docs/prometheus/latest/querying/api/ */
interface Matrix {
  readonly status: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [time: number, value: string])[];
    }[];
  };
}
interface Metadata {
  readonly data: readonly { readonly metric: string; readonly type: string; readonly help: string }[];
}

const addedByPrometheus = ['__name__', 'job', 'instance'];
/** Series that Prometheus itself adds to every target. */
const ofPrometheus = /^(up|scrape_(duration_seconds|samples_.*|series_added))$/;

describe('a real Prometheus', needs({ tools: ['prometheus', 'promtool'] }), () => {
  let folder: string;
  let exporter: Awaited<ReturnType<typeof startServer>>;
  let prometheus: Running;
  /** As it asks by itself, and as one that knows only the classic format. */
  const recorders = new Map<'netstat' | 'netstat-classic', Recorder>();

  const recorderOf = (job: 'netstat' | 'netstat-classic'): Recorder => {
    const recorder = recorders.get(job);
    assert.ok(recorder !== undefined);
    return recorder;
  };
  const api = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://${prometheus.ready[1] ?? ''}/api/v1/${path}`);
    assert.equal(answer.status, 200);
    return answer.json();
  };
  const instant = (expression: string): string =>
    output(['promtool', 'query', 'instant', `http://${prometheus.ready[1] ?? ''}`, expression]);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    exporter = await startServer([]);
    recorders.set('netstat', await record(exporter.url, undefined));
    recorders.set('netstat-classic', await record(exporter.url, 'text/plain;version=0.0.4'));

    const { scrape_configs } = readDeployed(example) as PrometheusConfig;
    const config: PrometheusConfig = {
      scrape_configs: [...recorders].flatMap(([job_name, { target }]) =>
        scrape_configs.map(job => ({
          ...job,
          job_name,
          scrape_interval: `${intervalSeconds}s`,
          static_configs: [{ targets: [target] }],
        })),
      ),
    };
    prometheus = await startPrometheus(
      command => command,
      folder,
      config,
      '--web.listen-address=127.0.0.1:0',
      '--log.level=debug',
    );
    await eventually(() => {
      assert.ok([...recorders.values()].every(({ recorded }) => recorded.length >= 4));
    }, 160);
  });
  after(async () => {
    await prometheus.stop();
    await exporter.stop();
    for (const { server } of recorders.values()) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test('the example is a configuration of Prometheus, and asks as the product says', () => {
    assert.match(output(['promtool', 'check', 'config', join(deployFolder, example)]), /SUCCESS/);
    const { scrape_configs } = readDeployed(example) as PrometheusConfig;
    assert.deepEqual(scrape_configs, [
      {
        job_name: 'netstat',
        scrape_interval: '15s',
        static_configs: [{ targets: ['localhost:10055'] }],
      },
    ]);
  });

  test('by itself it asks for OpenMetrics and is given it; who asks for the classic text is given that', () => {
    for (const { accept, contentType } of recorderOf('netstat').recorded) {
      assert.match(accept, /^application\/openmetrics-text/);
      assert.equal(contentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    }
    for (const { contentType } of recorderOf('netstat-classic').recorded) {
      assert.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
    }
  });

  for (const job of ['netstat', 'netstat-classic'] as const) {
    test(`${job}: the target is up`, () => {
      assert.match(instant(`up{job="${job}"}`), /=> 1 @/);
      assert.equal(instant(`min_over_time(up{job="${job}"}[1m]) != 1`).trim(), '');
    });

    test(`${job}: every sample of every body is stored, with its value, and nothing else`, async () => {
      const selector = `{job="${job}"}[1m]`;
      const { data } = (await api(`query?query=${encodeURIComponent(selector)}`)) as Matrix;
      const series = data.result.filter(({ metric }) => !ofPrometheus.test(metric['__name__'] ?? ''));
      const times = [...new Set(series.flatMap(({ values }) => values.map(([time]) => time)))].sort(
        (a, b) => a - b,
      );
      const { recorded } = recorderOf(job);
      assert.ok(times.length >= 3, 'scraped too seldom');

      times.forEach((time, i) => {
        const stored = series.flatMap(({ metric, values }) => {
          const value = values.find(each => each[0] === time)?.[1];
          const labels = Object.entries(metric).filter(([label]) => !addedByPrometheus.includes(label));
          const key = seriesOf(metric['__name__'] ?? '', Object.fromEntries(labels));
          return value === undefined ? [] : [[key, Number(value)] as const];
        });
        const body = valuesBySeries(recorded[i]?.body ?? '');
        assert.deepEqual(new Map(stored.sort()), new Map([...body].sort()));
        assert.ok(body.size > 200);
      });
    });

    test(`${job}: it knows kind and help of every family`, async () => {
      const { target, recorded } = recorderOf(job);
      const query = new URLSearchParams({ match_target: `{instance="${target}"}` });
      const { data } = (await api(`targets/metadata?${query.toString()}`)) as Metadata;
      const body = recorded.at(-1)?.body ?? '';
      const helps = new Map(
        [...body.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => [name, help]),
      );
      const kinds = [...body.matchAll(/^# TYPE (\S+) (.*)$/gm)].map(([, name, kind]) => ({ name, kind }));
      const byName = (a: { name: string | undefined }, b: { name: string | undefined }): number =>
        (a.name ?? '') < (b.name ?? '') ? -1 : 1;
      assert.deepEqual(
        data.map(({ metric, type, help }) => ({ name: metric, kind: type, help })).sort(byName),
        kinds
          .map(({ name, kind }) => ({ name, kind, help: unescaped(helps.get(name) ?? '', job) }))
          .sort(byName),
      );
    });
  }

  test('rate() of our counters and comparisons of our gauges are what they should be', () => {
    assert.notEqual(
      instant('rate(netstat_ip_in_receives_total{job="netstat",family="inet"}[1m]) > 0').trim(),
      '',
    );
    assert.match(instant('sum(netstat_scrape_collector_success{job="netstat"} == 0) or vector(0)'), /=> 0 @/);
    const version = /netstat-exporter (\S+)/.exec(exporterVersion())?.[1] ?? '';
    assert.match(instant(`netstat_exporter_build_info{job="netstat",version="${version}"}`), /=> 1 @/);
  });

  test('its deadline reaches us', () => {
    // The scrape interval is shorter than the default timeout, which is cut to it.
    assert.ok(
      recorderOf('netstat').recorded.every(
        ({ timeoutSeconds }) => Number(timeoutSeconds) === intervalSeconds,
      ),
    );
  });

  test('promtool finds nothing to say of what the server gives out', () => {
    const classic = recorderOf('netstat-classic').recorded.at(-1)?.body ?? '';
    const { status, stdout, stderr } = run(['promtool', 'check', 'metrics'], classic);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  });

  test('neither log has a warning', () => {
    assert.doesNotMatch(
      prometheus.printed(),
      /level=(warn|error)|Scrape failed|Append failed|Error on ingesting/,
    );
    assert.deepEqual(complaintsIn(exporter.printed()), []);
  });
});

/** OpenMetrics escapes quotes in help texts too. */
const unescaped = (help: string, job: string): string =>
  job === 'netstat' ? help.replace(/\\(["\\])/g, '$1') : help.replaceAll('\\\\', '\\');

const exporterVersion = (): string => output([process.execPath, mainFile, '--version']);
