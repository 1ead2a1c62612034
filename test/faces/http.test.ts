// Protects: what a client asks for over HTTP is what it gets, and nothing that it sends does more than choose.
import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { collectors } from '../../src/collectors/index.ts';
import { createApp, type HttpDependencies, type HttpSettings } from '../../src/faces/http.ts';
import type { Outcome, Snapshot } from '../../src/snapshot/outcome.ts';
import { startReader } from '../../src/snapshot/reader.ts';
import { createScraper } from '../../src/snapshot/scraper.ts';
import { hostFolder, machineOf, readingSettings } from '../hosts.ts';
import { captureOf } from '../snapshot/capture.ts';
import { openSite, type Site } from './site.ts';

const names = collectors.map(({ name }): string => name);

const scraper = createScraper(
  startReader({
    places: { procfs: `${hostFolder('inet')}/proc`, sysfs: `${hostFolder('inet')}/sys` },
    machine: machineOf('inet'),
    ...readingSettings,
  }),
  { device: () => true, statistic: () => true, limits: {} },
  { version: '1.2.3', netns: '4026531840', isInit: 'true' },
  false,
);
after(() => scraper.close());

interface Started extends Pick<Site, 'get'> {
  /** What was asked of the scraper: the collectors, and the limit in seconds. */
  readonly asked: readonly (readonly [collectors: readonly string[], limitSeconds: number])[];
  readonly faults: readonly unknown[];
}

const sites: (() => Promise<void>)[] = [];
after(() => Promise.all(sites.map(close => close())));

/** A real server with the real machinery behind it, reading a captured host. */
const start = async (
  settings: Partial<HttpSettings> = {},
  dependencies: Partial<HttpDependencies> = {},
): Promise<Started> => {
  const asked: (readonly [readonly string[], number])[] = [];
  const faults: unknown[] = [];
  const scrape = dependencies.scrape ?? scraper.scrape;
  const app = createApp(
    {
      version: '1.2.3',
      telemetryPath: '/metrics',
      maxRequests: 40,
      timeoutSeconds: 10,
      timeoutOffsetSeconds: 0.5,
      collectors,
      enabled: names,
      ...settings,
    },
    {
      last: () => new Map(),
      fault: error => faults.push(error),
      ...dependencies,
      scrape(chosen, limitSeconds) {
        asked.push([chosen, limitSeconds]);
        return scrape(chosen, limitSeconds);
      },
    },
  );
  const { get, close } = await openSite(app);
  sites.push(close);
  return { get, asked, faults };
};

const shared = await start();

describe('the format', () => {
  const classic = 'text/plain; version=0.0.4; charset=utf-8';
  const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

  const accepts: readonly (readonly [who: string, accept: string | undefined, contentType: string])[] = [
    ['nobody in particular', undefined, classic],
    ['curl', '*/*', classic],
    [
      'Firefox',
      'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
      classic,
    ],
    [
      'Prometheus 2.26',
      'application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      openMetrics,
    ],
    [
      'Prometheus 2.42',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      openMetrics,
    ],
    [
      'Prometheus 2.45 with native histograms',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      openMetrics,
    ],
    [
      'Prometheus 3.0',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      openMetrics,
    ],
    ['VictoriaMetrics', 'text/plain;version=0.0.4;q=1,*/*;q=0.1', classic],
    [
      'somebody who likes the classic text better',
      'application/openmetrics-text;q=0.3,text/plain;q=0.9',
      classic,
    ],
    ['somebody who refuses OpenMetrics', 'application/openmetrics-text;q=0,*/*', classic],
    ['somebody who writes in capitals', 'APPLICATION/OpenMetrics-Text; Q=1', openMetrics],
    ['somebody who cannot be served', 'image/png', classic],
    ['somebody who makes no sense', ';;,q=,,/;q=x', classic],
  ];

  for (const [who, accept, contentType] of accepts) {
    test(`for ${who}: ${contentType.split(';')[0]}`, async () => {
      const { status, headers, text } = await shared.get(
        '/metrics?collect[]=sockstat',
        accept === undefined ? {} : { accept },
      );
      assert.equal(status, 200);
      assert.equal(headers['content-type'], contentType);
      assert.equal(text.endsWith('\n# EOF\n'), contentType === openMetrics);
      assert.match(headers.vary ?? '', /\bAccept\b/);
    });
  }

  test('askers who alternate between the formats get the right names every time', async () => {
    for (let i = 0; i < 6; i++) {
      const wantsOpenMetrics = i % 2 === 1;
      const { text } = await shared.get('/metrics?collect[]=netstat', {
        accept: wantsOpenMetrics ? 'application/openmetrics-text' : 'text/plain',
      });
      const type = /^# TYPE (netstat_tcpext_listen_drops\w*) counter$/m.exec(text)?.[1];
      assert.equal(
        type,
        wantsOpenMetrics ? 'netstat_tcpext_listen_drops' : 'netstat_tcpext_listen_drops_total',
      );
      assert.match(text, /^netstat_tcpext_listen_drops_total \d+$/m);
    }
  });
});

describe('compression', () => {
  const encodings: readonly (readonly [acceptEncoding: string | undefined, isGzip: boolean])[] = [
    [undefined, false],
    ['gzip', true],
    ['gzip, deflate, br', true],
    ['*', true],
    ['GZIP', true],
    ['identity', false],
    ['deflate', false],
    ['gzip;q=0', false],
    ['gzip;q=0, identity', false],
    ['gzip;q=0.5, identity;q=1', false],
    ['gzip;q=1, identity;q=0.5', true],
    ['identity;q=0, gzip', true],
  ];
  for (const [acceptEncoding, isGzip] of encodings) {
    test(`Accept-Encoding ${acceptEncoding ?? 'missing'}: ${isGzip ? 'gzip' : 'as it is'}`, async () => {
      const { headers, body } = await shared.get(
        '/metrics',
        acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding },
      );
      assert.equal(headers['content-encoding'], isGzip ? 'gzip' : undefined);
      assert.match(headers.vary ?? '', /Accept-Encoding/);
      const text = (isGzip ? gunzipSync(body) : body).toString();
      assert.match(text, /^netstat_sockets\{family="inet",protocol="tcp",state="LISTEN"\} \d+$/m);
      assert.equal(isGzip, body.length < text.length);
    });
  }
});

describe('collect[] and exclude[]', () => {
  const chosen = async (query: string, settings: Partial<HttpSettings> = {}) => {
    const site = await start(settings);
    const { status, text } = await site.get(`/metrics?${query}`);
    return { status, text, collectors: site.asked[0]?.[0] };
  };

  test('without them all that are enabled are read', async () => {
    assert.deepEqual((await chosen('')).collectors, names);
    assert.deepEqual((await chosen('', { enabled: ['tcp', 'udp'] })).collectors, ['tcp', 'udp']);
  });

  test('collect[] reads only what it names, in the order of the list and each once', async () => {
    assert.deepEqual((await chosen('collect[]=tcp')).collectors, ['tcp']);
    assert.deepEqual((await chosen('collect[]=tcp6&collect[]=udp&collect[]=tcp6')).collectors, [
      'udp',
      'tcp6',
    ]);
    assert.deepEqual((await chosen('collect%5B%5D=tcp')).collectors, ['tcp']);
  });

  test('exclude[] reads all but what it names', async () => {
    assert.deepEqual(
      (await chosen('exclude[]=tcp&exclude[]=tcp6')).collectors,
      names.filter(name => !['tcp', 'tcp6'].includes(name)),
    );
  });

  test('what was collected is what is exposed', async () => {
    const { text } = await chosen('collect[]=igmp');
    const exposed = [...text.matchAll(/^netstat_scrape_collector_success\{collector="(\w+)"\} 1$/gm)];
    assert.deepEqual(
      exposed.map(([, name]) => name),
      ['igmp'],
    );
    assert.doesNotMatch(text, /^netstat_sockets/m);
  });

  test('the owners of sockets come without the sockets themselves', async () => {
    const { text, collectors } = await chosen('collect[]=programs');
    assert.deepEqual(collectors, ['programs']);
    assert.match(
      text,
      /^netstat_program_sockets\{program="[^"]+",family="inet",protocol="tcp",state="LISTEN"\} \d+$/m,
    );
    assert.match(text, /^netstat_sockets_without_owner\{reason="kernel"\} \d+$/m);
    assert.match(text, /^netstat_listener_accept_queue_length\{/m);
    assert.doesNotMatch(text, /^netstat_sockets\{/m);
    assert.doesNotMatch(text, /^netstat_port_sockets\{/m);
    assert.deepEqual(text.match(/^netstat_scrape_collector_success.*$/gm), [
      'netstat_scrape_collector_success{collector="programs"} 1',
    ]);
  });

  test('other parameters are ignored', async () => {
    assert.deepEqual((await chosen('collect=tcp&foo[]=bar&x=1')).collectors, names);
  });

  const refused: readonly (readonly [query: string, sentence: string, enabled?: readonly string[]])[] = [
    ['collect[]=tcp&exclude[]=udp', 'collect[] and exclude[] cannot be used together.'],
    ['collect[]=tpc', 'There is no collector "tpc".'],
    ['exclude[]=tpc', 'There is no collector "tpc".'],
    ['collect[]=tcp&collect[]=', 'There is no collector "".'],
    ['collect[]=toString', 'There is no collector "toString".'],
    ['collect[]=..%2F..%2Fetc%2Fpasswd', 'There is no collector "../../etc/passwd".'],
    ['collect[]=%3Cscript%3E%0Aforged', 'There is no collector "<script>\\nforged".'],
    ['collect[]=udp', 'The collector udp is switched off.', ['tcp']],
    ['exclude[]=udp', 'The collector udp is switched off.', ['tcp']],
  ];
  for (const [query, sentence, enabled] of refused) {
    test(`${query} is answered 400: ${sentence}`, async () => {
      const site = await start(enabled === undefined ? {} : { enabled });
      const { status, text, headers } = await site.get(`/metrics?${query}`);
      assert.equal(status, 400);
      assert.equal(text, `${sentence}\n`);
      assert.match(headers['content-type'] ?? '', /^text\/plain/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.deepEqual(site.asked, [], 'nothing was read for it');
    });
  }
});

describe('the deadline', () => {
  /** Header, and seconds that a reading may take with a timeout of 10 s and an offset of 0.5 s. */
  const limits: readonly (readonly [header: string | undefined, seconds: number])[] = [
    [undefined, 9.5],
    ['5', 4.5],
    ['1.5', 1],
    // Never less than half of what the asker waits.
    ['0.4', 0.2],
    ['1', 0.5],
    // Longer than anybody should wait.
    ['1e9', 299.5],
    // None of these is a number of seconds.
    ['', 9.5],
    ['abc', 9.5],
    ['-3', 9.5],
    ['0', 9.5],
    ['NaN', 9.5],
    ['Infinity', 9.5],
    ['5, 6', 9.5],
  ];
  for (const [header, seconds] of limits) {
    test(`X-Prometheus-Scrape-Timeout-Seconds ${JSON.stringify(header)}: ${seconds} s`, async () => {
      const site = await start();
      const { status } = await site.get(
        '/metrics?collect[]=igmp',
        header === undefined ? {} : { 'X-Prometheus-Scrape-Timeout-Seconds': header },
      );
      assert.equal(status, 200);
      assert.deepEqual(site.asked, [[['igmp'], seconds]]);
    });
  }
});

describe('too many at once', () => {
  const blocked = async (maxRequests: number) => {
    let release = (): void => undefined;
    const released = new Promise<void>(resolve => (release = resolve));
    const site = await start(
      { maxRequests },
      {
        async scrape(chosen, limitSeconds) {
          await released;
          return scraper.scrape(chosen, limitSeconds);
        },
      },
    );
    return { site, release };
  };

  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise(resolve => setTimeout(resolve, 2));
  };

  test('a scrape over the limit is answered 503 at once, and other pages are not', async () => {
    const { site, release } = await blocked(2);
    const waiting = [site.get('/metrics'), site.get('/metrics')];
    await until(() => site.asked.length === 2);
    const refused = await site.get('/metrics');
    assert.equal(refused.status, 503);
    assert.equal(refused.text, 'Limit of concurrent requests reached (2), try again later.\n');
    assert.equal((await site.get('/-/healthy')).status, 200);
    assert.equal((await site.get('/')).status, 200);
    release();
    assert.deepEqual(
      (await Promise.all(waiting)).map(({ status }) => status),
      [200, 200],
    );
    assert.equal((await site.get('/metrics')).status, 200);
  });

  test('0 means no limit', async () => {
    const { site, release } = await blocked(0);
    const waiting = Array.from({ length: 50 }, () => site.get('/metrics?collect[]=igmp'));
    await until(() => site.asked.length === 50);
    release();
    assert.ok((await Promise.all(waiting)).every(({ status }) => status === 200));
  });
});

describe('a scraper that fails', () => {
  const broken = (): Promise<Started> =>
    start({}, { scrape: () => Promise.reject(new Error('secret detail')) });

  test('is answered 500 without its reason, which goes to the log', async () => {
    const site = await broken();
    const { status, text } = await site.get('/metrics');
    assert.equal(status, 500);
    assert.equal(text, 'The exporter failed; its log says more.\n');
    assert.deepEqual(site.faults, [new Error('secret detail')]);
  });

  test('does not keep its place among the scrapes under way', async () => {
    const site = await start({ maxRequests: 1 }, { scrape: () => Promise.reject(new Error('again')) });
    assert.equal((await site.get('/metrics')).status, 500);
    assert.equal((await site.get('/metrics')).status, 500);
  });
});

test('a collector that failed is told in the metrics, the others are served, and the answer is still 200', async t => {
  const capture = captureOf('netns', { 'proc/net/tcp': 'nothing that a kernel prints\n' });
  const failing = createScraper(
    startReader(capture.settings),
    { device: () => true, statistic: () => true, limits: {} },
    { version: '1.2.3', netns: '4026531840', isInit: 'true' },
    false,
  );
  t.after(async () => {
    await failing.close();
    capture.remove();
  });
  const site = await start({}, { scrape: failing.scrape });
  const { status, text } = await site.get('/metrics');
  assert.equal(status, 200);
  assert.match(text, /^netstat_scrape_collector_success\{collector="tcp"\} 0$/m);
  assert.match(text, /^netstat_scrape_collector_failure_info\{collector="tcp",reason="parse"\} 1$/m);
  assert.match(text, /^netstat_scrape_collector_success\{collector="tcp6"\} 1$/m);
  assert.match(text, /^netstat_sockets\{family="inet6",protocol="tcp",state="LISTEN"\} \d+$/m);
  assert.doesNotMatch(text, /^netstat_sockets\{family="inet",protocol="tcp"/m);
});

describe('/-/reload', () => {
  const ofReload = async (
    reload: HttpDependencies['reload'],
    method: string,
    headers: OutgoingHttpHeaders = {},
  ) => {
    const site = await start({}, reload === undefined ? {} : { reload });
    const { status, text, headers: given } = await site.get('/-/reload', headers, method);
    return { status, text, allow: given.allow };
  };

  test('reads the configuration again at POST and PUT, and tells what is wrong with it', async () => {
    for (const method of ['POST', 'PUT']) {
      const good = await ofReload(() => undefined, method);
      assert.deepEqual(good, { status: 200, text: 'The configuration was read again.\n', allow: undefined });
      const bad = await ofReload(() => 'a.yaml:1:2 web: wrong', method);
      assert.equal(bad.status, 500);
      assert.equal(bad.text, 'What was in effect stays in effect:\na.yaml:1:2 web: wrong\n');
    }
  });

  test('does so for nobody unless it is switched on', async () => {
    const { status, text } = await ofReload(undefined, 'POST');
    assert.deepEqual([status, text], [403, 'This is switched off (--web.enable-lifecycle).\n']);
  });

  test('does so at no other method, and for no page of a browser', async () => {
    let reloads = 0;
    const reload = (): undefined => {
      reloads++;
    };
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      const { status, allow } = await ofReload(reload, method);
      assert.deepEqual([status, allow], [405, 'POST, PUT']);
    }
    for (const origin of ['http://elsewhere.example', 'null']) {
      assert.equal((await ofReload(reload, 'POST', { Origin: origin })).status, 403);
    }
    assert.equal(reloads, 0);
  });
});

describe('paths and methods', () => {
  for (const path of ['/', '/metrics', '/-/healthy', '/-/ready']) {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      test(`${method} ${path}: 405, with what is allowed`, async () => {
        const { status, headers } = await shared.get(path, {}, method);
        assert.equal(status, 405);
        assert.equal(headers.allow, 'GET, HEAD');
      });
    }
  }

  for (const path of [
    '/metric',
    '/metrics/',
    '/Metrics',
    '/metrics/x',
    '/-/',
    '/-/health',
    '/-/reload/',
    '//',
    '/..%2fmetrics',
    '/%',
    '/%00',
    '/tables/sockets',
    '/favicon.ico',
  ]) {
    test(`GET ${path}: 404`, async () => {
      const { status, text } = await shared.get(path);
      assert.equal(status, 404);
      assert.equal(text, 'Nothing here.\n');
    });
  }

  test('HEAD has the headers of GET and no body', async () => {
    for (const path of ['/', '/metrics', '/-/healthy']) {
      const [head, get] = [await shared.get(path, {}, 'HEAD'), await shared.get(path)];
      assert.equal(head.status, 200, path);
      assert.equal(head.body.length, 0, path);
      assert.equal(head.headers['content-type'], get.headers['content-type'], path);
    }
  });

  test('no answer tells what it was made with', async () => {
    for (const path of ['/', '/metrics', '/nowhere']) {
      const { headers } = await shared.get(path);
      assert.equal(headers['x-powered-by'], undefined);
      assert.equal(headers['x-content-type-options'], 'nosniff');
    }
  });

  for (const path of ['/a.b', '/m(e)t+r*i[c]s', '/$metrics', '/:name', '/{a}', '/a|b', '/*splat']) {
    test(`a telemetry path ${path} is taken literally`, async () => {
      const site = await start({ telemetryPath: path });
      assert.equal((await site.get(path)).status, 200);
      for (const other of ['/axb', '/met', '/metrics', '/x', '/a', '/anything/at/all']) {
        assert.equal((await site.get(other)).status, 404, other);
      }
      assert.equal((await site.get(path, {}, 'POST')).status, 405);
    });
  }
});

describe('health', () => {
  const ok: Outcome = { status: 'ok', data: undefined, skipped: { count: 0, examples: [] }, seconds: 0 };

  test('healthy always, ready only once something has been read', async () => {
    let last: Snapshot = new Map();
    const site = await start({}, { last: () => last });
    assert.equal((await site.get('/-/healthy')).status, 200);
    assert.equal((await site.get('/-/ready')).status, 503);

    last = new Map([['tcp', { status: 'failed', reason: 'io', message: 'EIO', seconds: 0 }]]);
    assert.equal((await site.get('/-/ready')).status, 503, 'a reading that failed');

    last = new Map([...last, ['udp', ok]]);
    assert.equal((await site.get('/-/ready')).status, 200);
  });
});

describe('the landing page', () => {
  const page = async (last: Snapshot, settings: Partial<HttpSettings> = {}) => {
    const site = await start(settings, { last: () => last });
    const { status, headers, text } = await site.get('/');
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    return text;
  };

  test('shows version, links and every collector', async () => {
    const text = await page(new Map());
    assert.match(text, /Version 1\.2\.3/);
    for (const link of ['/metrics', '/-/healthy', '/-/ready'])
      assert.ok(text.includes(`href="${link}"`), link);
    for (const { name, file } of collectors) {
      assert.ok(text.includes(`<code>${name}</code></td><td><code>${file}</code>`), name);
    }
    assert.equal(text.match(/not read yet/g)?.length, collectors.length);
  });

  test('shows the last outcome of each', async () => {
    const text = await page(
      new Map<string, Outcome>([
        ['tcp', { status: 'ok', data: undefined, skipped: { count: 0, examples: [] }, seconds: 0.0123 }],
        [
          'udp',
          { status: 'ok', data: undefined, skipped: { count: 2, examples: ['net/udp:7: bad'] }, seconds: 0 },
        ],
        ['tcp6', { status: 'absent', seconds: 0 }],
        ['raw', { status: 'failed', reason: 'permission', message: 'net/raw: EACCES', seconds: 0 }],
      ]),
      { enabled: names.filter(name => name !== 'igmp') },
    );
    const outcomeOf = (name: string): string | undefined =>
      new RegExp(`<code>${name}</code>.*<td class="(\\w+)">(.*)</td></tr>`).exec(text)?.slice(1).join(' ');
    assert.equal(outcomeOf('tcp'), 'ok ok in 12.3 ms');
    assert.equal(outcomeOf('udp'), 'failed 2 lines skipped, the first: net/udp:7: bad');
    assert.equal(outcomeOf('tcp6'), 'absent this kernel does not have it');
    assert.equal(outcomeOf('raw'), 'failed permission: net/raw: EACCES');
    assert.equal(outcomeOf('igmp'), 'absent switched off');
    assert.equal(outcomeOf('unix'), 'absent not read yet');
  });

  test('escapes what comes from the kernel and from the configuration', async () => {
    const hostile = '<script>alert("1")</script>&\'\u001b[31m\u202e';
    const text = await page(
      new Map<string, Outcome>([
        ['tcp', { status: 'failed', reason: 'parse', message: hostile, seconds: 0 }],
        ['udp', { status: 'ok', data: undefined, skipped: { count: 1, examples: [hostile] }, seconds: 0 }],
      ]),
      { version: hostile, telemetryPath: `/"><script>` },
    );
    assert.doesNotMatch(text, /<script/);
    assert.match(text, /&lt;script&gt;alert\(&quot;1&quot;\)/);
    assert.ok(!text.includes('\u001b') && !text.includes('\u202e'));
    assert.ok(text.includes('href="/&quot;&gt;&lt;script&gt;"'));
  });
});

describe('beside a scrape of 50,000 series', () => {
  const series = Array.from({ length: 50_000 }, (_, i) => ({
    value: i,
    labels: [`veth${i}`],
  }));
  const family = {
    ...({ name: 'many', kind: 'gauge', help: 'Many.', labels: ['device'], isKept: false } as const),
    samples: series,
  };
  const scrape: HttpDependencies['scrape'] = () =>
    Promise.resolve({
      snapshot: new Map(),
      materialize: () => ({ families: [family], series: new Map() }),
    });

  test('health is answered again and again, and the scrape is whole', async () => {
    const { get } = await start({}, { scrape });
    const scraped = get('/metrics');
    const isAnswered = scraped.then(() => true);
    let healthy = 0;
    for (; !(await Promise.race([isAnswered, delay(0, false)])); healthy++) {
      assert.equal((await get('/-/healthy')).status, 200);
    }
    // One after the other: each takes about three turns of the event loop, of which the scrape leaves 49.
    assert.ok(healthy >= 10, `${healthy} answers`);
    const { text } = await scraped;
    const lines = text.trimEnd().split('\n');
    assert.equal(lines.length, series.length + 2);
    assert.equal(lines.at(-1), 'many{device="veth49999"} 49999');
  });
});

describe('scrapes at the same moment', () => {
  test('share what was made of their reading, and later ones have their own', async () => {
    const scrapes = await Promise.all(Array.from({ length: 8 }, () => scraper.scrape(names, 60)));
    assert.equal(new Set(scrapes).size, 1);
    const later = await scraper.scrape(names, 60);
    assert.notEqual(later, scrapes[0]);
  });

  test('share nothing where one of them gave up before the others', async () => {
    const [hasty, patient] = await Promise.all([scraper.scrape(names, 0), scraper.scrape(names, 60)]);
    const failures = ({ snapshot }: Awaited<ReturnType<typeof scraper.scrape>>) =>
      [...snapshot.values()].filter(({ status }) => status === 'failed').length;
    assert.ok(failures(hasty) > 0);
    assert.equal(failures(patient), 0);
    assert.notEqual(hasty, patient);
  });
});
