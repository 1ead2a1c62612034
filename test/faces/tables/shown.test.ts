// Protects: what a table has to show is what was read: rows under their columns, joined interfaces, counters by group, and what could not be read.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collectors } from '../../../src/collectors/index.ts';
import { tableAsJson } from '../../../src/faces/tables/as-json.ts';
import {
  askOf,
  statisticProtocols,
  views,
  type Parameters,
  type TableAsk,
  type View,
} from '../../../src/faces/tables/ask.ts';
import {
  interfaceColumns,
  pageShown,
  statisticColumns,
  statisticsShown,
  unreadIn,
  type TableShown,
} from '../../../src/faces/tables/shown.ts';
import type { Outcome, Snapshot } from '../../../src/snapshot/outcome.ts';
import { noPage, type TablePage } from '../../../src/snapshot/table-page.ts';
import { tables, type Column } from '../../../src/snapshot/tables.ts';
import { hostNames, readHost } from '../../hosts.ts';
import { readerOfHost, settingsOf } from '../../snapshot/table-of-host.ts';

const askFor = (view: View, parameters: Parameters = {}): TableAsk => {
  const ask = askOf(view, parameters, { collectors, netns: '' });
  assert.ok(typeof ask !== 'string', JSON.stringify(ask));
  return ask;
};

const nothingRead: Snapshot = new Map();
const statistics = ['snmp', 'netstat', 'snmp6', 'sctp_snmp'];

const shownOf = (host: string, view: View, parameters: Parameters = {}): TableShown => {
  const ask = askFor(view, parameters);
  if (view === 'statistics')
    return statisticsShown(ask, { netns: '' }, readHost(host, statistics), collectors);
  const { limit, where, sort } = ask;
  const { snapshot, page } = readerOfHost(settingsOf(host)).table({ table: view, limit, where, sort });
  assert.ok(page !== undefined);
  return pageShown(ask, '', snapshot, page);
};

/** By the names of the columns. */
const objects = ({ columns, rows }: TableShown): readonly Readonly<Record<string, unknown>>[] =>
  rows.map(({ cells }) => Object.fromEntries(columns.map(({ name }, i) => [name, cells[i]])));

describe('columns', () => {
  const all: Readonly<Record<View, readonly Pick<Column<never>, 'name' | 'heading'>[]>> = {
    sockets: tables.sockets.columns,
    routes: tables.routes.columns,
    groups: tables.groups.columns,
    nat: tables.nat.columns,
    interfaces: interfaceColumns,
    statistics: statisticColumns,
  };

  test('have names that fit a URL and JSON, each once, and headings', () => {
    for (const view of views) {
      const names = all[view].map(({ name }) => name);
      assert.equal(new Set(names).size, names.length, view);
      for (const { name, heading } of all[view]) {
        assert.match(name, /^[a-z][a-z_]*[a-z]$/);
        assert.notEqual(heading, '');
      }
      assert.ok(!names.includes('detail'), 'what only one kind of row has goes by that name');
    }
  });

  test('of every view have a value in some row of some host', () => {
    const never = views.flatMap(view => {
      const unknown = new Set(all[view].map(({ name }) => name));
      for (const host of hostNames) {
        const { columns, rows } = shownOf(host, view, { limit: '2000' });
        columns.forEach(({ name }, i) => {
          if (rows.some(({ cells }) => cells[i] !== undefined)) unknown.delete(name);
        });
      }
      return [...unknown].map(name => `${view} ${name}`);
    });
    assert.deepEqual(never, []);
  });

  test('have as many cells as they are, and cells are plain values', () => {
    for (const host of hostNames) {
      for (const view of views) {
        const shown = shownOf(host, view);
        for (const { cells } of shown.rows) {
          assert.equal(cells.length, shown.columns.length);
          for (const cell of cells) assert.ok(cell === undefined || typeof cell !== 'object');
        }
        assert.doesNotThrow(() => tableAsJson(shown));
      }
    }
  });
});

describe('interfaces', () => {
  test('are joined from all files that tell of them, and can be chosen by name', () => {
    const all = objects(shownOf('inet', 'interfaces'));
    assert.equal(new Set(all.map(({ device }) => device)).size, all.length);
    const [eth0, ...others] = objects(shownOf('inet', 'interfaces', { device: 'eth0' }));
    assert.deepEqual(others, []);
    // Of sysfs, net/dev and net/if_inet6.
    assert.equal(eth0?.['operstate'], 'up');
    assert.equal(typeof eth0['receive_bytes'], 'number');
    assert.match(String(eth0['addresses']), /fe80::[0-9a-f:]+\/64/);
    assert.deepEqual(
      eth0,
      all.find(({ device }) => device === 'eth0'),
    );
  });

  test('are counted whole where some are cut off', () => {
    const { rows, matched } = shownOf('inet', 'interfaces', { limit: '2' });
    assert.equal(rows.length, 2);
    assert.equal(matched, shownOf('inet', 'interfaces').rows.length);
    const none = shownOf('inet', 'interfaces', { device: 'none such' });
    assert.deepEqual([none.rows, none.matched], [[], 0]);
  });
});

describe('statistics', () => {
  test('of every host belong to one of the groups that can be asked for', () => {
    let rows = 0;
    for (const host of hostNames) {
      const all = shownOf(host, 'statistics').matched;
      const groups = statisticProtocols.map(protocol => shownOf(host, 'statistics', { protocol }).matched);
      assert.equal(
        groups.reduce((sum, each) => sum + each, 0),
        all,
        host,
      );
      rows += all;
    }
    assert.ok(rows > 2000);
  });

  test('of a group have its sections and those alone', () => {
    const sections = (parameters: Parameters) => [
      ...new Set(objects(shownOf('inet', 'statistics', parameters)).map(({ section }) => section)),
    ];
    assert.deepEqual(sections({ protocol: 'ip' }), ['Ip', 'IpExt', 'Ip6']);
    assert.deepEqual(sections({ protocol: 'icmp' }), ['Icmp', 'IcmpMsg', 'Icmp6']);
    assert.deepEqual(sections({ protocol: 'tcp' }), ['Tcp', 'TcpExt']);
    assert.deepEqual(sections({ protocol: 'udp' }), ['Udp', 'Udp6']);
    assert.deepEqual(sections({ protocol: 'udplite' }), ['UdpLite', 'UdpLite6']);
    assert.deepEqual(sections({ protocol: 'sctp' }), ['Sctp']);
    assert.deepEqual(sections({ protocol: 'mptcp' }), ['MPTcpExt']);
    assert.deepEqual(sections({ family: 'inet6', protocol: 'ip' }), ['Ip6']);
    assert.deepEqual(sections({ family: 'inet6', protocol: 'tcp' }), []);
  });

  test('are all there unless fewer are asked for', () => {
    const { rows, matched } = shownOf('inet', 'statistics');
    assert.ok(matched > 400);
    assert.equal(rows.length, matched);
    const cut = shownOf('inet', 'statistics', { limit: '3' });
    assert.deepEqual([cut.rows.length, cut.matched], [3, matched]);
  });

  test('are numbers with a sentence, and those of net/snmp6 are of IPv6', () => {
    const rows = objects(shownOf('inet', 'statistics'));
    assert.ok(rows.every(({ value }) => typeof value === 'number'));
    const row = rows.find(({ section, name }) => section === 'TcpExt' && name === 'ListenDrops');
    assert.equal(row?.['kind'], 'counter');
    assert.match(String(row['help']), /^[A-Z].{20,}/);
    assert.ok(rows.every(({ section, family }) => String(section).endsWith('6') === (family === 'inet6')));
  });
});

describe('rows', () => {
  test('of a page stand under its columns with what only they have', () => {
    const page: TablePage = {
      ...noPage,
      matched: 7,
      rows: {
        nat: [
          {
            ...{ family: 'inet', protocol: 'tcp', state: 'ESTABLISHED', nat: 'source', expiresSeconds: 9 },
            ...{ source: '10.0.0.1', sourcePort: 1, destination: '10.0.0.2', destinationPort: 2 },
            ...{ replySource: '10.0.0.2', replySourcePort: 2, replyDestination: '192.0.2.1' },
            ...{ replyDestinationPort: undefined, flags: ['ASSURED', 'OFFLOAD'] },
            sequence: { initial: 1, delta: -2, previousDelta: undefined },
          },
        ],
      },
    };
    const shown = pageShown(askFor('nat'), '1', nothingRead, page);
    assert.equal(shown.netns, '1');
    assert.equal(shown.matched, 7);
    const [row] = objects(shown);
    assert.equal(row?.['flags'], 'ASSURED OFFLOAD');
    assert.equal(row['reply_destination_port'], undefined);
    assert.deepEqual(shown.rows[0]?.detail, { initial: 1, delta: -2, previousDelta: undefined });
  });

  test('of a table that was not there are none', () => {
    for (const view of ['sockets', 'routes', 'groups', 'nat', 'interfaces'] as const) {
      const { rows, matched } = pageShown(askFor(view), '', nothingRead, noPage);
      assert.deepEqual([rows, matched], [[], 0]);
    }
  });
});

test('what could not be read is told with the reason, and what the kernel does not have is not', () => {
  const outcomes: readonly (readonly [string, Outcome])[] = [
    ['tcp', { status: 'failed', reason: 'deadline', message: 'not done after 2 s', seconds: 2 }],
    ['tcp6', { status: 'absent', seconds: 0 }],
    ['udp', { status: 'ok', data: undefined, skipped: { count: 0, examples: [] }, seconds: 0 }],
    [
      'unix',
      {
        status: 'ok',
        data: undefined,
        skipped: { count: 4, examples: ['net/unix:7: bad', 'b'] },
        seconds: 0,
      },
    ],
    ['raw', { status: 'ok', data: undefined, skipped: { count: 1, examples: [] }, seconds: 0 }],
  ];
  assert.deepEqual(unreadIn(new Map(outcomes)), [
    { collector: 'tcp', reason: 'deadline', message: 'not done after 2 s' },
    { collector: 'unix', reason: 'skipped lines', message: '4 lines, the first: net/unix:7: bad' },
    { collector: 'raw', reason: 'skipped lines', message: '1 line' },
  ]);
});
