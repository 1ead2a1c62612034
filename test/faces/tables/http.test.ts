// Protects: tables over HTTP: nothing where they are switched off, the same rows that the metrics count where they are on, and a file that never answers takes none of the others with it.
import assert from 'node:assert/strict';
import { closeSync, constants, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test, type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { collectors } from '../../../src/collectors/index.ts';
import { createApp, type HttpSettings } from '../../../src/faces/http.ts';
import { createTableAnswers } from '../../../src/faces/tables/answer.ts';
import { formats, views } from '../../../src/faces/tables/ask.ts';
import type { Snapshot } from '../../../src/snapshot/outcome.ts';
import type { ReaderSettings } from '../../../src/snapshot/reading.ts';
import { startReader } from '../../../src/snapshot/reader.ts';
import { createScraper, type Scraper } from '../../../src/snapshot/scraper.ts';
import { tables } from '../../../src/snapshot/tables.ts';
import { hostFolder } from '../../hosts.ts';
import { captureOf, NEVER_ANSWERS } from '../../snapshot/capture.ts';
import { samplesIn, type Sample } from '../../live/samples.ts';
import { settingsOf } from '../../snapshot/table-of-host.ts';
import { openSite, type Site } from '../site.ts';

const names = collectors.map(({ name }): string => name);
const NETNS = '4026531840';

const scraperOf = (settings: ReaderSettings): Scraper =>
  createScraper(
    startReader(settings),
    { device: () => true, statistic: () => true, limits: {} },
    { version: '1.2.3', netns: NETNS, isInit: 'true' },
    false,
  );

interface Started extends Pick<Site, 'get'> {
  /** How often the scraper was asked for a table. */
  readonly asked: () => number;
}

const sites: (() => Promise<void>)[] = [];
after(() => Promise.all(sites.map(close => close())));

/** A real server over a reading thread, as `serve` puts them together. */
const start = async (
  { scrape, table }: Pick<Scraper, 'scrape' | 'table'>,
  settings: Partial<HttpSettings> & { readonly withTables?: boolean } = {},
): Promise<Started> => {
  const { withTables = true, enabled = names } = settings;
  let asked = 0;
  let last: Snapshot = new Map();
  const scrapeAndKeep: Scraper['scrape'] = async (...asks) => {
    const result = await scrape(...asks);
    last = new Map([...last, ...result.snapshot]);
    return result;
  };
  const answer = createTableAnswers(
    { version: '1.2.3', netns: NETNS, collectors, enabled },
    {
      scrape: scrapeAndKeep,
      table(...asks) {
        asked++;
        return table(...asks);
      },
    },
  );
  const app = createApp(
    {
      ...{ version: '1.2.3', telemetryPath: '/metrics', maxRequests: 40, timeoutSeconds: 10 },
      ...{ timeoutOffsetSeconds: 0.5, collectors, enabled },
      ...settings,
    },
    {
      scrape: scrapeAndKeep,
      last: () => last,
      ...(withTables && { table: answer }),
      fault(error) {
        throw error;
      },
    },
  );
  const { get, close } = await openSite(app);
  sites.push(close);
  return { get, asked: () => asked };
};

const leaking = scraperOf(settingsOf('closewait-a'));
after(() => leaking.close());
const shared = await start(leaking);

interface Table {
  readonly netns: string;
  readonly matched: number;
  readonly shown: number;
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly unread: readonly { readonly collector: string; readonly reason: string }[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

const tableAt = async ({ get }: Started, path: string): Promise<Table> => {
  const { status, text } = await get(`${path}${path.includes('?') ? '&' : '?'}format=json`);
  assert.equal(status, 200, text);
  return JSON.parse(text) as Table;
};

describe('switched off, as they are unless somebody switches them on', () => {
  test('there is nothing below /tables, for no method, and the landing page says how to have them', async () => {
    const site = await start(leaking, { withTables: false });
    for (const path of [...views.map(view => `/tables/${view}`), '/tables', '/tables/']) {
      for (const method of ['GET', 'POST']) {
        const { status, text } = await site.get(path, {}, method);
        assert.deepEqual([status, text], [404, 'Nothing here.\n'], path);
      }
    }
    const { text } = await site.get('/');
    assert.match(text, /switched off \(<code>--web\.enable-tables<\/code>\)/);
    assert.doesNotMatch(text, /\/tables/);
    assert.equal(site.asked(), 0);
  });
});

describe('switched on', () => {
  test('the landing page leads to all of them', async () => {
    const { text } = await shared.get('/');
    assert.doesNotMatch(text, /switched off/);
    for (const view of views) {
      const href = `/tables/${view}`;
      assert.ok(text.includes(`href="${href}"`), href);
      assert.equal((await shared.get(href)).status, 200);
    }
  });

  const types = { html: 'text/html', text: 'text/plain', json: 'application/json' };
  for (const view of views) {
    for (const format of formats) {
      test(`${view} as ${format}`, async () => {
        const { status, headers, text } = await shared.get(`/tables/${view}?format=${format}`);
        assert.equal(status, 200);
        assert.equal(headers['content-type'], `${types[format]}; charset=utf-8`);
        assert.equal(headers['cache-control'], 'no-store');
        assert.equal(headers['x-content-type-options'], 'nosniff');
        assert.equal(headers['referrer-policy'], 'no-referrer');
        assert.equal(headers['x-powered-by'], undefined);
        const policy = headers['content-security-policy'];
        assert.match(String(policy), /^default-src 'none'; /);
        if (format === 'json') assert.equal((JSON.parse(text) as Table).netns, NETNS);
        if (format === 'html') assert.match(text, /^<!doctype html>\n.*<\/html>\n$/s);
        if (format === 'text' && view !== 'nat') assert.ok(text.split('\n').length > 3);
      });
    }
  }

  test('what is no table is nothing', async () => {
    for (const path of [
      '/tables',
      '/tables/',
      '/tables/socket',
      '/tables/sockets/',
      '/tables/Sockets',
      '/tables/%73ockets/x',
    ])
      assert.equal((await shared.get(path)).status, 404, path);
  });

  test('only GET and HEAD are served', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      const { status, headers } = await shared.get('/tables/sockets', {}, method);
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method);
    }
  });

  test('HEAD has the headers of GET and no body', async () => {
    for (const path of ['/tables/sockets', '/tables/statistics?format=json', '/tables/sockets?state=x']) {
      const [head, get] = [await shared.get(path, {}, 'HEAD'), await shared.get(path)];
      assert.equal(head.status, get.status, path);
      assert.equal(head.body.length, 0, path);
      for (const name of ['content-type', 'cache-control', 'content-security-policy', 'vary'])
        assert.equal(head.headers[name], get.headers[name], `${path} ${name}`);
    }
  });

  test('is gzip for who takes it, and the same', async () => {
    const path = '/tables/routes';
    const [plain, packed] = [await shared.get(path), await shared.get(path, { 'accept-encoding': 'gzip' })];
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(packed.headers['content-encoding'], 'gzip');
    assert.match(packed.headers.vary ?? '', /Accept-Encoding/);
    assert.ok(packed.body.length < plain.body.length / 2);
    assert.equal(gunzipSync(packed.body).toString(), plain.text);
  });

  test('what makes no sense is answered 400 with a sentence, and nothing is read', async () => {
    const before = shared.asked();
    const refused: Readonly<Record<string, string>> = {
      'state=CLOSEWAIT': 'There is no state "CLOSEWAIT". Did you mean CLOSE_WAIT?\n',
      'state=LISTEN&state=LISTEN': 'state is given more than once.\n',
      'port=http': 'port is a number from 0 to 65535.\n',
      'limit=0': 'limit is a whole number from 1.\n',
      'sort=nothing': 'There is no column "nothing" to sort by. It is one of ',
      '__proto__=1': 'The table sockets takes no parameter "__proto__". It takes ',
      '%00=1': 'The table sockets takes no parameter "\\u0000". It takes ',
      '%3Cscript%3E': 'The table sockets takes no parameter "<script>". It takes ',
      'netns=1': `There is no namespace "1" here; the one that is read is "${NETNS}".\n`,
    };
    for (const [query, sentence] of Object.entries(refused)) {
      const { status, headers, text } = await shared.get(`/tables/sockets?${query}`);
      assert.equal(status, 400, query);
      assert.ok(text.startsWith(sentence), text);
      assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
      assert.equal(headers['x-content-type-options'], 'nosniff');
    }
    assert.equal(shared.asked(), before);
  });

  test('a query that cannot be decoded chooses nothing that there is', async () => {
    for (const query of ['program=%', 'program=%ff%fe', 'program=%zz', '&&=&', 'program=a%00b']) {
      const { status } = await shared.get(`/tables/sockets?${query}&format=json`);
      assert.ok([200, 400].includes(status), `${query}: ${status}`);
    }
  });
});

describe('what the metrics count', () => {
  const samples = async (name: string): Promise<readonly Sample[]> =>
    samplesIn((await shared.get('/metrics')).text).filter(sample => sample.name === `netstat_${name}`);

  const sumBy = (counted: readonly Sample[], label: string): Readonly<Record<string, number>> => {
    const sums: Record<string, number> = {};
    for (const { labels, value } of counted) {
      const name = labels[label] ?? '';
      if (value > 0) sums[name] = (sums[name] ?? 0) + value;
    }
    return sums;
  };

  test('sockets by family, protocol and state are those that the pages show', async () => {
    const counted = await samples('sockets');
    const some = counted.filter(({ value }) => value > 0);
    const none = counted.filter(({ value }) => value === 0).slice(0, 20);
    assert.ok(some.length > 5);
    for (const { labels, value } of [...some, ...none]) {
      const query = new URLSearchParams(labels).toString();
      const { matched, rows } = await tableAt(shared, `/tables/sockets?${query}`);
      assert.deepEqual([matched, rows.length], [value, value], query);
    }
  });

  test('sockets by state are the counts of the page', async () => {
    const { counts } = await tableAt(shared, '/tables/sockets?family=inet&protocol=tcp');
    const tcp = (await samples('sockets')).filter(
      ({ labels }) => labels['family'] === 'inet' && labels['protocol'] === 'tcp',
    );
    assert.deepEqual(counts['state'], sumBy(tcp, 'state'));
    assert.equal(counts['state']['CLOSE_WAIT'], 40);
  });

  test('sockets by program are the counts of the page', async () => {
    const programs = sumBy(await samples('program_sockets'), 'program');
    // Netlink tells no owner to the metrics.
    const told: Record<string, number> = {};
    for (const family of ['inet', 'inet6', 'unix']) {
      const { counts } = await tableAt(shared, `/tables/sockets?family=${family}`);
      for (const [program, rows] of Object.entries(counts['program'] ?? {}))
        told[program] = (told[program] ?? 0) + rows;
    }
    assert.deepEqual(told, programs);
    assert.equal(told['leaky-svc'], 41);
  });

  test('the forty that leaky-svc has not closed are one link away from the alert', async () => {
    const alert = '/tables/sockets?state=CLOSE_WAIT&program=leaky-svc&sort=-age_seconds';
    const table = await tableAt(shared, alert);
    assert.deepEqual([table.matched, table.shown, table.unread], [40, 40, []]);
    assert.deepEqual(table.counts, { state: { CLOSE_WAIT: 40 }, program: { 'leaky-svc': 40 } });
    for (const row of table.rows) {
      assert.deepEqual(
        [row['state'], row['program'], row['local_port'], row['user'], row['uid'], row['pid']],
        ['CLOSE_WAIT', 'leaky-svc', 8080, '1000', 1000, 145],
      );
      assert.equal(typeof row['age_seconds'], 'number');
    }
    const { text } = await shared.get(alert);
    assert.match(text, /40 sockets with state <b>CLOSE_WAIT<\/b> and program <b>leaky-svc<\/b>/);
    assert.equal(text.match(/<span class="unread"/g)?.length, 40);
    const leaks = (await samples('program_close_wait_sockets')).filter(
      ({ labels }) => labels['program'] === 'leaky-svc',
    );
    assert.deepEqual(sumBy(leaks, 'eof'), { unread: 40 });
  });

  const questions: readonly (readonly [query: string, rows: number])[] = [
    ['port=8080&state=CLOSE_WAIT', 40],
    ['port=8080&state=FIN_WAIT2', 40],
    ['port=8081&state=LISTEN', 1],
    ['user=1000&state=CLOSE_WAIT', 40],
    ['user=root&state=CLOSE_WAIT', 0],
    ['state=close_wait&age=0', 40],
    ['state=close_wait&age=86400', 0],
    ['program=healthy&state=CLOSE_WAIT', 0],
    ['program=-&state=TIME_WAIT', 11],
    ['device=eth0', 0],
  ];
  for (const [query, rows] of questions) {
    test(`${query}: ${rows} rows`, async () => {
      const table = await tableAt(shared, `/tables/sockets?${query}`);
      assert.deepEqual([table.matched, table.rows.length], [rows, rows]);
    });
  }

  test('a limit cuts the rows and not the counts, and every format says so', async () => {
    const query = '/tables/sockets?state=CLOSE_WAIT&sort=-remote_port&limit=3';
    const table = await tableAt(shared, query);
    assert.deepEqual([table.matched, table.shown], [40, 3]);
    assert.deepEqual(table.counts['program'], { 'leaky-svc': 40 });
    const ports = table.rows.map(row => Number(row['remote_port']));
    assert.deepEqual(
      ports,
      ports.toSorted((a, b) => b - a),
    );
    assert.match(
      (await shared.get(query)).text,
      /40 sockets .*; the first 3 in descending order of the port/,
    );
    assert.match((await shared.get(`${query}&format=text`)).text, /^# 3 of 40 rows are shown \(limit 3, /m);
  });

  test('TCP comes first, as netstat has it, where there is no room for all', async () => {
    const scraper = scraperOf(settingsOf('inet'));
    try {
      const { rows, matched } = await tableAt(await start(scraper), '/tables/sockets?limit=300');
      assert.ok(matched > 400);
      const protocols = rows.map(({ protocol }) => protocol === 'tcp');
      assert.ok(protocols.filter(isTcp => isTcp).length > 200);
      assert.deepEqual(
        protocols,
        protocols.toSorted((a, b) => Number(b) - Number(a)),
      );
    } finally {
      await scraper.close();
    }
  });

  test('every column of every table can be sorted by, as a page asks for it', async () => {
    for (const view of ['sockets', 'routes', 'groups', 'nat'] as const) {
      for (const { name } of tables[view].columns) {
        const known = (table: Table) => table.rows.map(row => row[name]).filter(value => value !== null);
        const ask = (order: string) => tableAt(shared, `/tables/${view}?sort=${order}${name}`);
        let [up, down, upAgain] = [await ask(''), await ask('-'), await ask('')];
        // Ages go on: a second may have passed between two pages.
        for (let tries = 0; tries < 5 && !isDeepStrictEqual(known(up), known(upAgain)); tries++)
          [up, down, upAgain] = [upAgain, await ask('-'), await ask('')];
        assert.equal(up.rows.length, down.rows.length);
        assert.deepEqual(known(up), known(down).reverse(), `${view} ${name}`);
        // What is not known is last in both.
        const isKnown = (table: Table) => table.rows.map(row => row[name] !== null);
        assert.deepEqual(isKnown(up), isKnown(down), `${view} ${name}`);
        assert.deepEqual(
          isKnown(up),
          isKnown(up).toSorted((a, b) => Number(b) - Number(a)),
        );
      }
    }
  });
});

describe('too many at once', () => {
  test('pages count among the requests, and those over the limit are answered 503 at once', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>(resolve => (release = resolve));
    const site = await start(
      {
        scrape: leaking.scrape,
        async table(...asks) {
          await released;
          return leaking.table(...asks);
        },
      },
      { maxRequests: 2 },
    );
    const waiting = [site.get('/tables/sockets'), site.get('/tables/routes')];
    while (site.asked() < 2) await sleep(2);
    for (const path of ['/tables/groups', '/metrics', '/tables/statistics', '/tables/sockets']) {
      const { status, text } = await site.get(path);
      assert.deepEqual(
        [status, text],
        [503, 'Limit of concurrent requests reached (2), try again later.\n'],
        path,
      );
    }
    assert.equal((await site.get('/-/healthy')).status, 200);
    assert.equal((await site.get('/')).status, 200);
    release();
    assert.deepEqual(
      (await Promise.all(waiting)).map(({ status }) => status),
      [200, 200],
    );
    assert.equal((await site.get('/tables/groups')).status, 200);
  });

  test('askers of the same page at the same time share one reading', async t => {
    const file = 'proc/net/tcp';
    const capture = captureOf('closewait-a', { [file]: NEVER_ANSWERS });
    const { site } = await startOver(t, capture, file);
    const queries = [
      'state=CLOSE_WAIT',
      'state=close_wait&port=',
      'format=json&state=CLOSE_WAIT',
      'state=CLOSE_WAIT&format=text',
    ];
    const waiting = Array.from({ length: 39 }, (_, i) => site.get(`/tables/sockets?${queries[i % 4] ?? ''}`));
    while (site.asked() < 39) await sleep(2);
    await answerOnce(join(capture.folder, file));
    // Whoever read it once more would not find it.
    rmSync(join(capture.folder, file));
    for (const { status, text } of await Promise.all(waiting)) {
      assert.equal(status, 200);
      assert.match(text, /\btcp\b.*parse/s);
    }
    assert.deepEqual((await tableAt(site, '/tables/sockets')).unread, []);
  });
});

/** Lets the reader of a file that never answers go on, with an empty file, once there is one. */
const answerOnce = async (file: string): Promise<void> => {
  for (let tries = 1000; ; tries--) {
    try {
      closeSync(openSync(file, constants.O_WRONLY | constants.O_NONBLOCK));
      return;
    } catch (error) {
      if (tries === 0) throw error;
      await sleep(5);
    }
  }
};

/** A server over a capture in which one file never answers, until it is let go. */
const startOver = async (t: TestContext, capture: ReturnType<typeof captureOf>, file: string) => {
  const scraper = scraperOf(capture.settings);
  const site = await start(scraper);
  const unblock = (): void => {
    capture.unblock(file);
  };
  t.after(async () => {
    // The thread that waits for the file cannot be ended from outside: the file has to answer in the end.
    const timer = setInterval(unblock, 10);
    await scraper.close();
    clearInterval(timer);
    capture.remove();
  });
  // The thread is there before anybody waits for it.
  assert.equal((await site.get('/tables/groups')).status, 200);
  return { site, unblock };
};

describe('a file that never answers', () => {
  const healthyHost = (name: string) => ({ name, scraper: scraperOf(settingsOf(name)) });
  const ham = healthyHost('ham');
  const inet = healthyHost('inet');
  after(() => Promise.all([ham, inet].map(({ scraper }) => scraper.close())));

  /** Of sockets the first that a host has and the last, and what is beside rows, so that none is missing without it. */
  const files: readonly (readonly [view: string, collector: string, isBeside?: true])[] = [
    ['sockets', 'udp'],
    ['sockets', 'tcp6'],
    ['routes', 'nr_neigh', true],
    ['interfaces', 'if_inet6', true],
  ];
  const asked = { 'X-Prometheus-Scrape-Timeout-Seconds': '0.8' };

  for (const [view, collector, isBeside] of files) {
    test(`${collector}: the page is answered in time, health meanwhile, and later pages have all but that`, async t => {
      const file = `proc/net/${collector}`;
      const host = collector === 'nr_neigh' ? ham : inet;
      const capture = captureOf(host.name, { [file]: NEVER_ANSWERS });
      const { site } = await startOver(t, capture, file);

      const first = site.get(`/tables/${view}`, asked);
      const health = await site.get('/-/healthy');
      assert.equal(health.status, 200);
      assert.ok(health.milliseconds < 300, `${health.milliseconds} ms`);
      const { status, text, milliseconds } = await first;
      assert.equal(status, 504);
      assert.equal(text, 'The table could not be read in 0.4 s.\n');
      assert.ok(milliseconds < 1500, `${milliseconds} ms`);

      // By then it is known that the thread is held.
      await sleep(1100);
      const later = await tableAt(site, `/tables/${view}`);
      assert.deepEqual(
        later.unread.map(each => [each.collector, each.reason]),
        [[collector, 'deadline']],
      );
      const healthy = await tableAt(await start(host.scraper), `/tables/${view}`);
      assert.ok(isBeside ? later.matched === healthy.matched : later.matched < healthy.matched);
      assert.ok(later.matched > 0);
      const page = await site.get(`/tables/${view}`);
      assert.match(page.text, /Rows are missing/);
      assert.match(page.text, new RegExp(`<b>${collector}</b> deadline`));

      // Other tables are whole, and the metrics miss what depends on that file alone.
      assert.deepEqual((await tableAt(site, '/tables/groups')).unread, []);
      const metrics = await site.get('/metrics');
      const failed = [
        ...metrics.text.matchAll(/^netstat_scrape_collector_success\{collector="(\w+)"\} 0$/gm),
      ];
      assert.deepEqual(
        failed.map(([, name]) => name).filter(name => name !== 'programs'),
        [collector],
      );
    });
  }

  test('that answers in the end is read again', async t => {
    const capture = captureOf('closewait-a', { 'proc/net/tcp6': NEVER_ANSWERS });
    const { site, unblock } = await startOver(t, capture, 'proc/net/tcp6');
    assert.equal((await site.get('/tables/sockets', asked)).status, 504);
    await sleep(1100);
    assert.equal((await tableAt(site, '/tables/sockets')).unread.length, 1);
    // Every reader of it goes on, with an empty file.
    const timer = setInterval(unblock, 10);
    t.after(() => {
      clearInterval(timer);
    });
    for (let tries = 100; ; tries--) {
      const { unread } = await tableAt(site, '/tables/sockets');
      if (unread.some(({ reason }) => reason === 'parse')) break;
      assert.ok(tries > 0, JSON.stringify(unread));
      await sleep(20);
    }
  });
});

test('more interfaces than any host has are cut off with a word, and the thread that read them lives on', async t => {
  const header = readFileSync(join(hostFolder('closewait-a'), 'proc/net/dev'), 'latin1')
    .split('\n')
    .slice(0, 2);
  const rows = Array.from({ length: 40_000 }, (_, i) => `i${i}:${'    123456789'.repeat(16)}`);
  const capture = captureOf('closewait-a', { 'proc/net/dev': `${[...header, ...rows].join('\n')}\n` });
  const scraper = scraperOf(capture.settings);
  t.after(async () => {
    await scraper.close();
    capture.remove();
  });
  const site = await start(scraper);
  const before = await tableAt(site, '/tables/sockets?state=CLOSE_WAIT&limit=1');
  await sleep(1000);
  const { unread, matched, shown } = await tableAt(site, '/tables/interfaces');
  assert.deepEqual(
    unread.map(({ collector, reason }) => [collector, reason]),
    [
      ['dev', 'limit'],
      ['if_inet6', 'limit'],
    ],
  );
  assert.equal(shown, 200);
  assert.ok(matched > 30_000);
  // It remembers since when it has seen them.
  const after = await tableAt(site, '/tables/sockets?state=CLOSE_WAIT&age=1');
  assert.equal(after.matched, before.matched);
});

test('a collector that is switched off is not read, and whose the sockets are cannot be asked for without programs', async () => {
  const scraper = scraperOf({ ...settingsOf('closewait-a'), enabled: ['tcp', 'udp', 'route'] });
  try {
    const site = await start(scraper, { enabled: ['tcp', 'udp', 'route'] });
    const sockets = await tableAt(site, '/tables/sockets');
    assert.ok(sockets.rows.every(({ protocol }) => protocol === 'tcp' || protocol === 'udp'));
    assert.deepEqual(Object.keys(sockets.counts), ['state']);
    const routes = await tableAt(site, '/tables/routes');
    assert.ok(routes.matched > 0);
    assert.ok(routes.rows.every(({ family }) => family === 'inet'));
    assert.equal((await tableAt(site, '/tables/statistics')).matched, 0);
    const refused = await site.get('/tables/sockets?program=leaky-svc');
    assert.equal(refused.status, 400);
  } finally {
    await scraper.close();
  }
});
