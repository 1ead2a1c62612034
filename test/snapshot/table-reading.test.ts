// Protects: tables are read from all files that have such rows, with the reason where one could not be read, and no page takes anything from a later scrape.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { collectors } from '../../src/collectors/index.ts';
import type { Programs } from '../../src/collectors/owned-sockets.ts';
import { askOf } from '../../src/faces/tables/ask.ts';
import { memory } from '../../src/procfs/source.ts';
import { createFirstSeen } from '../../src/snapshot/first-seen.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import { Abandoned } from '../../src/snapshot/read.ts';
import { PAGE } from '../../src/snapshot/page-reading.ts';
import { readTable } from '../../src/snapshot/table-reading.ts';
import { noPage, type TablePage, type TableQuery } from '../../src/snapshot/table-page.ts';
import { NOBODY } from '../../src/snapshot/tables.ts';
import { hostNames, machineOf } from '../hosts.ts';
import { captureOf } from './capture.ts';
import { readerOfHost, settingsOf, type HostReader } from './table-of-host.ts';

const names = collectors.map(({ name }): string => name);
const rowTables = ['sockets', 'routes', 'groups', 'nat'] as const;

const all = (table: TableQuery['table']): TableQuery => ({
  ...{ table, where: {}, sort: undefined, limit: 2000 },
});

/** Whose the sockets are, as a scrape tells it. */
const programsOf = ({ readAll }: HostReader): Programs => {
  const outcome = new Map(readAll(names)).get('programs');
  assert.ok(outcome?.status === 'ok');
  return outcome.data as Programs;
};

describe('a count leads to its rows', () => {
  for (const host of hostNames) {
    test(host, () => {
      const reader = readerOfHost(settingsOf(host));
      for (const view of rowTables) {
        const { matched, counts } = reader.page(view);
        for (const [name, values] of Object.entries(counts)) {
          const sum = values.reduce((total, [, rows]) => total + rows, 0);
          if (values.length < 50) assert.equal(sum, matched, `${view} ${name}`);
          for (const [value, rows] of values) {
            // Nothing can be asked for by an empty text but sockets of nobody, whom one program calls itself like.
            if (value === '' && name !== 'program') continue;
            const wanted = value === '' ? NOBODY : value;
            const namesakes = values.filter(
              ([each]) => name === 'program' && wanted === NOBODY && ['', NOBODY].includes(each),
            );
            const expected = namesakes.length === 0 ? rows : namesakes.reduce((total, [, n]) => total + n, 0);

            const ask = askOf(view, { [name]: wanted, limit: '2000' }, { collectors, netns: '' });
            assert.ok(typeof ask !== 'string', JSON.stringify(ask));
            const page = reader.page(view, ask);
            assert.equal(page.matched, expected, `${view} ${name} ${value}`);
            assert.equal(page.rows[view]?.length, Math.min(expected, 2000));
          }
        }
      }
    });
  }
});

test('a page is plain data: it is the same on the other side of a thread', () => {
  for (const host of hostNames) {
    const reader = readerOfHost(settingsOf(host));
    for (const table of [...rowTables, 'interfaces'] as const) {
      const page = reader.page(table);
      assert.deepEqual(structuredClone(page), page, `${host} ${table}`);
    }
  }
});

test('of tracked connections those that are translated are shown, and no others', () => {
  const page = readerOfHost(settingsOf('inet')).page('nat');
  const sessions = page.rows.nat ?? [];
  assert.ok(sessions.length > 10);
  assert.ok(sessions.every(({ nat }) => ['source', 'destination', 'both'].includes(nat)));
});

test('routes come with the neighbours that they lead by, and nothing else does', () => {
  const reader = readerOfHost(settingsOf('ham'));
  assert.ok(reader.page('routes').neighbours.some(({ family }) => family === 'netrom'));
  assert.ok(reader.page('routes').neighbours.some(({ family }) => family === 'rose'));
  for (const table of ['sockets', 'groups', 'nat', 'interfaces'] as const)
    assert.deepEqual(reader.page(table).neighbours, []);
});

describe('a file', () => {
  const outcomesOf = (changes: Parameters<typeof captureOf>[1], table: TableQuery['table'] = 'sockets') => {
    const capture = captureOf('closewait-a', changes);
    try {
      return readerOfHost(capture.settings).table(all(table));
    } finally {
      capture.remove();
    }
  };
  const whole = readerOfHost(settingsOf('closewait-a')).page('sockets').matched;

  test('that cannot be read is told, and the rows of the others are there', () => {
    const { snapshot, page } = outcomesOf({ 'proc/net/tcp': 'not what a kernel prints\n' });
    const failed = [...snapshot].filter(([, { status }]) => status === 'failed');
    assert.deepEqual(
      failed.map(([name, outcome]) => [name, outcome.status === 'failed' && outcome.reason]),
      [['tcp', 'parse']],
    );
    assert.ok(page !== undefined && page.matched > 0 && page.matched < whole);
  });

  test('that the kernel does not have is no fault', () => {
    const { snapshot, page } = outcomesOf({ 'proc/net/netlink': undefined, 'proc/net/unix': undefined });
    assert.equal(snapshot.get('netlink')?.status, 'absent');
    assert.ok([...snapshot.values()].every(({ status }) => status !== 'failed'));
    assert.ok(page !== undefined && page.matched < whole);
  });

  test('with lines that cannot be read gives the others, and tells how many', () => {
    const { snapshot, page } = outcomesOf(
      {
        'proc/net/igmp6': '2    eth0            ff020000000000000000000000000001     1 0000000C 0\nbad\n',
      },
      'groups',
    );
    const igmp6 = snapshot.get('igmp6');
    assert.ok(igmp6?.status === 'ok');
    assert.equal(igmp6.skipped.count, 1);
    assert.ok(page?.rows.groups?.some(({ group }) => group === 'ff02::1'));
  });
});

describe('outcomes', () => {
  test('come as soon as they are there, each before the next file is opened, and the page at last', () => {
    const opened: string[] = [];
    const source = memory({}, machineOf('inet'));
    const own = collectors.filter(({ name }) => ['udp', 'tcp', 'unix'].includes(name));
    const reading = readTable(
      all('sockets'),
      own,
      {
        ...source,
        open(file) {
          opened.push(file);
          return undefined;
        },
      },
      { holders: undefined, closeWaitSince: createFirstSeen(), userName: String },
      0,
    );
    for (const [i, { name }] of own.entries()) {
      const next = reading.next();
      assert.ok(next.done !== true);
      assert.equal(next.value[0], name);
      assert.deepEqual(opened.length, i + 1);
    }
    const last = reading.next();
    assert.ok(last.done === true);
    assert.deepEqual(last.value, { ...noPage, rows: { sockets: [] }, counts: { state: [] } });
  });

  test('of a reading that nobody waits for are failures, that of the page as well, and nothing is looked for', () => {
    const { readAll } = readerOfHost(settingsOf('closewait-a'));
    let left = 3;
    const proceed = (): void => {
      if (left-- <= 0) throw new Abandoned('nobody waits for the result any more');
    };
    const outcomes = [...readAll(names, proceed, all('sockets'))];
    const told = outcomes.map(([, outcome]) => (outcome.status === 'failed' ? outcome.reason : 'read'));
    assert.ok(told.includes('read'));
    assert.deepEqual(new Set(told.slice(told.indexOf('deadline'))), new Set(['deadline', 'read']));
    const [name, page] = outcomes.at(-1) ?? [];
    assert.equal(name, PAGE);
    assert.ok(page?.status === 'failed');
    assert.equal(page.reason, 'deadline');
  });
});

test('more interfaces or neighbours than any host has fail their file, and are not kept', () => {
  const header =
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n';
  const text = header + Array.from({ length: 32_769 }, (_, i) => `i${i}:${' 1'.repeat(16)}\n`).join('');
  const outcomes = new Map<string, Outcome>();
  const reading = readTable(
    all('interfaces'),
    collectors.filter(({ name }) => name === 'dev'),
    memory({ 'net/dev': text }, machineOf('inet')),
    { holders: undefined, closeWaitSince: createFirstSeen(), userName: String },
    0,
  );
  let page: TablePage | undefined;
  while (page === undefined) {
    const next = reading.next();
    if (next.done === true) page = next.value;
    else outcomes.set(...next.value);
  }
  const dev = outcomes.get('dev');
  assert.ok(dev?.status === 'failed');
  assert.equal(dev.reason, 'limit');
  assert.equal(page.interfaces.length, 32_768);
});

describe('a later scrape', () => {
  /** Pages of a part of the sockets, of other tables, and such that nobody waited for. */
  const look = (reader: HostReader, times: number): void => {
    const parts: readonly Partial<TableQuery>[] = [
      { where: { state: 'LISTEN' } },
      { where: { program: 'healthy' }, limit: 1 },
      { where: { family: 'netlink' }, sort: { by: 'pid', descending: true } },
    ];
    for (let i = 0; i < times; i++) {
      reader.page('sockets', parts[i % parts.length]);
      reader.page('routes');
    }
  };
  const nobodyWaits = (): never => {
    throw new Abandoned('nobody waits for the result any more');
  };

  /** Stands still but for what the test lets pass. */
  const clockOf = (t: TestContext): { later: number } => {
    const begin = Math.floor(performance.now());
    const clock = { later: 0 };
    t.mock.method(performance, 'now', () => begin + clock.later * 1000);
    return clock;
  };

  const assertSame = (after: Programs, before: Programs, older: number): void => {
    assert.ok(before.closeWait.length > 0);
    assert.deepEqual(after.counts, before.counts);
    assert.deepEqual(after.unowned, before.unowned);
    assert.deepEqual(after.listeners, before.listeners);
    assert.deepEqual(
      after.closeWait.map(({ program, oldestSeconds }) => [program, oldestSeconds]),
      before.closeWait.map(({ program, oldestSeconds }) => [
        program,
        oldestSeconds === undefined ? undefined : oldestSeconds + older,
      ]),
    );
  };

  for (const host of ['closewait-a', 'inet']) {
    test(`${host}: tells after forty pages whose sockets are and how old, as if nobody had looked`, t => {
      const clock = clockOf(t);
      const reader = readerOfHost(settingsOf(host));
      const before = programsOf(reader);
      clock.later = 100;
      look(reader, 40);
      clock.later = 200;
      for (let i = 0; i < 40; i++) assert.equal(reader.table(all('sockets'), nobodyWaits).page, undefined);
      assertSame(programsOf(reader), before, 200);
    });
  }

  test('tells the same after forty pages for which a table could not be read', t => {
    const clock = clockOf(t);
    const capture = captureOf('closewait-a', {});
    t.after(() => {
      capture.remove();
    });
    const reader = readerOfHost(capture.settings);
    const before = programsOf(reader);
    const file = join(capture.folder, 'proc', 'net', 'tcp');
    const text = readFileSync(file);
    writeFileSync(file, 'not what a kernel prints\n');
    clock.later = 100;
    look(reader, 40);
    writeFileSync(file, text);
    assertSame(programsOf(reader), before, 100);
  });

  test('begins with what a page has learned: who holds what, and since when', t => {
    const clock = clockOf(t);
    const reader = readerOfHost(settingsOf('closewait-a'));
    assert.ok(reader.page('sockets').rows.sockets?.some(({ program }) => program === 'leaky-svc'));
    clock.later = 60;
    const leaky = programsOf(reader).closeWait.find(({ program }) => program === 'leaky-svc');
    assert.equal(leaky?.oldestSeconds, 60);
  });
});

test('a page of an exporter that does not look for programs tells of none', () => {
  const settings = settingsOf('closewait-a');
  const enabled = settings.enabled.filter(name => name !== 'programs');
  const page = readerOfHost({ ...settings, enabled }).page('sockets');
  assert.ok(page.rows.sockets?.every(({ program, pid }) => program === undefined && pid === undefined));
  assert.deepEqual(Object.keys(page.counts), ['state']);
  assert.equal(page.matched, 141);
});
