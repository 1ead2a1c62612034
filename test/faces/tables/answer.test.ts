// Protects: a request for a table is read, answered in its format with headers that keep it harmless, or refused in a sentence before anything is read.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collectors } from '../../../src/collectors/index.ts';
import { createTableAnswers, type TableAnswer } from '../../../src/faces/tables/answer.ts';
import { views, type Parameters, type View } from '../../../src/faces/tables/ask.ts';
import type { Snapshot } from '../../../src/snapshot/outcome.ts';
import type { TableTaken } from '../../../src/snapshot/scraper.ts';
import { noPage, type TableQuery } from '../../../src/snapshot/table-page.ts';
import { readHost } from '../../hosts.ts';
import { readerOfHost, settingsOf } from '../../snapshot/table-of-host.ts';
import { allOf, parsePage, textOf } from './strict-html.ts';

const names = collectors.map(({ name }): string => name);
const LIMIT_SECONDS = 9.5;

interface Told {
  readonly taken?: Partial<TableTaken>;
  readonly enabled?: readonly string[];
  readonly statistics?: Snapshot;
}

/** Answers from what is told here, and takes note of who was asked for what. */
const answering = ({ taken = {}, enabled = names, statistics = new Map() }: Told = {}) => {
  const asked: (readonly [collectors: readonly string[], query: TableQuery | 'scrape', seconds: number])[] =
    [];
  const answer = createTableAnswers(
    { version: '1.2.3', netns: '4026531840', collectors, enabled },
    {
      table(chosen, query, limitSeconds) {
        asked.push([chosen, query, limitSeconds]);
        return Promise.resolve({ snapshot: new Map(), page: noPage, failure: undefined, ...taken });
      },
      scrape(chosen, limitSeconds) {
        asked.push([chosen, 'scrape', limitSeconds]);
        const materialize = () => ({ families: [], series: new Map<string, number>() });
        return Promise.resolve({ snapshot: statistics, materialize });
      },
    },
  );
  return {
    asked,
    get: (view: View, parameters: Parameters = {}): Promise<TableAnswer> =>
      answer(view, parameters, LIMIT_SECONDS),
  };
};

const leaking = readerOfHost(settingsOf('closewait-a')).page('sockets');

describe('what is read', () => {
  test('is the table that was asked for, in the time that the asker has', async () => {
    const site = answering();
    await site.get('sockets', {
      state: 'close_wait',
      sort: '-age_seconds',
      limit: '7',
      program: 'leaky-svc',
    });
    await site.get('routes', { family: 'inet6' });
    assert.deepEqual(site.asked, [
      [
        names,
        {
          table: 'sockets',
          where: { state: 'CLOSE_WAIT', program: 'leaky-svc' },
          sort: { by: 'age_seconds', descending: true },
          limit: 7,
        },
        LIMIT_SECONDS,
      ],
      [names, { table: 'routes', where: { family: 'inet6' }, sort: undefined, limit: 200 }, LIMIT_SECONDS],
    ]);
  });

  test('of the statistics is what a scrape reads of them, of those that are switched on', async () => {
    const all = answering();
    await all.get('statistics', { protocol: 'tcp' });
    const chosen = all.asked[0]?.[0] ?? [];
    assert.deepEqual(chosen.toSorted(), ['netstat', 'sctp_snmp', 'snmp', 'snmp6']);
    assert.deepEqual(all.asked, [[chosen, 'scrape', LIMIT_SECONDS]]);

    const some = answering({ enabled: ['tcp', 'snmp'] });
    assert.equal((await some.get('statistics')).status, 200);
    assert.deepEqual(some.asked, [[['snmp'], 'scrape', LIMIT_SECONDS]]);
  });
});

describe('the answer', () => {
  const formats = [
    ['html', 'text/html; charset=utf-8'],
    ['text', 'text/plain; charset=utf-8'],
    ['json', 'application/json; charset=utf-8'],
  ] as const;
  for (const view of views) {
    for (const [format, type] of formats) {
      test(`${view} as ${format}`, async () => {
        const { status, contentType, headers } = await answering().get(view, { format });
        assert.equal(status, 200);
        assert.equal(contentType, type);
        assert.equal(headers['Cache-Control'], 'no-store');
        assert.equal(headers['Referrer-Policy'], 'no-referrer');
        assert.match(headers['Content-Security-Policy'] ?? '', /^default-src 'none'; /);
      });
    }
  }

  test('as a page may run nothing, load nothing, and send its form nowhere else', async () => {
    const { headers } = await answering().get('sockets');
    const policy = new Map(
      (headers['Content-Security-Policy'] ?? '').split('; ').map(each => {
        const [directive = '', ...sources] = each.split(' ');
        return [directive, sources.join(' ')];
      }),
    );
    assert.deepEqual(Object.fromEntries(policy), {
      'default-src': "'none'",
      'style-src': "'unsafe-inline'",
      'form-action': "'self'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
    });
  });

  test('has the rows in every format', async () => {
    const site = answering({ taken: { page: leaking } });
    const html = parsePage((await site.get('sockets')).body);
    assert.equal(allOf(html, 'tr').length, 1 + leaking.matched);
    assert.match(textOf(html), /Version 1\.2\.3|netstat-exporter 1\.2\.3/);
    const json = JSON.parse((await site.get('sockets', { format: 'json' })).body) as {
      netns: string;
      rows: readonly unknown[];
    };
    assert.equal(json.rows.length, leaking.matched);
    assert.equal(json.netns, '4026531840');
    const text = (await site.get('sockets', { format: 'text' })).body;
    assert.match(text, /^tcp +1 +0 127\.0\.0\.1:8080 +127\.0\.0\.1:44742 +CLOSE_WAIT +1000 +11032 /m);
    assert.ok(text.endsWith('\n'));
    assert.doesNotMatch(text, /^#/m);
  });

  test('has the counters of the kernel in every format', async () => {
    const site = answering({ statistics: readHost('inet', ['snmp', 'netstat']) });
    assert.match((await site.get('statistics')).body, />ListenDrops</);
    assert.match((await site.get('statistics', { format: 'json' })).body, /"ListenDrops"/);
    assert.match((await site.get('statistics', { format: 'text' })).body, /^TcpExt:$/m);
  });

  test('names what could not be read, in every format', async () => {
    const failed = { status: 'failed', reason: 'io', message: 'net/tcp6: EIO', seconds: 0 } as const;
    const site = answering({ taken: { page: leaking, snapshot: new Map([['tcp6', failed]]) } });
    const { body } = await site.get('sockets');
    assert.match(body, /Rows are missing/);
    const json = JSON.parse((await site.get('sockets', { format: 'json' })).body) as { unread: unknown };
    assert.deepEqual(json.unread, [{ collector: 'tcp6', reason: 'io', message: 'net/tcp6: EIO' }]);
    assert.match(
      (await site.get('sockets', { format: 'text' })).body,
      /^# Rows are missing: tcp6 could not be read, io: net\/tcp6: EIO$/m,
    );
  });
});

describe('what is refused', () => {
  const assertSentence = ({ status, contentType, headers, body }: TableAnswer, expected: number): void => {
    assert.equal(status, expected);
    assert.equal(contentType, 'text/plain; charset=utf-8');
    assert.equal(headers['Cache-Control'], 'no-store');
    assert.match(body, /^[^\n]+[.?]\n$/);
  };

  test('is answered 400 whatever the format, and nothing is read for it', async () => {
    const site = answering();
    for (const parameters of [{ state: 'x' }, { format: 'json', limit: '0' }, { what: '1' }])
      assertSentence(await site.get('sockets', parameters), 400);
    assert.deepEqual(site.asked, []);
  });

  test('is a program where nobody looks whose the sockets are; everything else can be asked for', async () => {
    const site = answering({ enabled: names.filter(name => name !== 'programs') });
    for (const program of ['leaky-svc', '-']) {
      const answer = await site.get('sockets', { program });
      assertSentence(answer, 400);
      assert.equal(
        answer.body,
        'The collector programs is switched off, so nobody knows whose the sockets are.\n',
      );
    }
    assert.deepEqual(site.asked, []);
    assert.equal((await site.get('sockets', { program: '', state: 'CLOSE_WAIT', user: 'root' })).status, 200);
  });
});

describe('a table that could not be read', () => {
  const read = (failure: TableTaken['failure']): Promise<TableAnswer> =>
    answering({ taken: { page: undefined, failure } }).get('sockets', { format: 'json' });

  test('in time is answered 504', async () => {
    const { status, contentType, body } = await read({ reason: 'deadline', message: 'not done after 9.5 s' });
    assert.deepEqual(
      [status, contentType, body],
      [504, 'text/plain; charset=utf-8', 'The table could not be read in 9.5 s.\n'],
    );
  });

  test('for another reason is answered 500, with the reason', async () => {
    const { status, body } = await read({ reason: 'internal', message: 'the reading thread ended' });
    assert.deepEqual([status, body], [500, 'The table could not be read: the reading thread ended.\n']);
  });
});
