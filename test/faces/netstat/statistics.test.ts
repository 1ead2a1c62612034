// Protects: netstat-exporter shows every number that the kernel counts, in the sections of netstat -s and under the kernel's own names, and tells zeros from what is not there.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collectors } from '../../../src/collectors/index.ts';
import {
  statisticLines,
  statisticRows,
  type StatisticOptions,
  type StatisticProtocol,
  type StatisticRow,
} from '../../../src/faces/netstat/statistics.ts';
import type { Outcome } from '../../../src/snapshot/outcome.ts';
import { hostNames, oracle, readHost } from '../../hosts.ts';
import { assertCounted, headingsOf, linesOf, sectionsOf } from './statistics-printed.ts';

const files = ['snmp', 'netstat', 'sctp_snmp', 'snmp6'];
const all: StatisticOptions = { families: ['inet'], protocols: [], isVerbose: false };

const rowsByHost = new Map(hostNames.map(host => [host, statisticRows(readHost(host, files), collectors)]));
const rowsOf = (host: string): readonly StatisticRow[] => rowsByHost.get(host) ?? [];

describe('netstat -s', () => {
  const short: Readonly<Record<string, StatisticProtocol>> = {
    ...{ w: 'raw', t: 'tcp', u: 'udp', U: 'udplite', S: 'sctp' },
  };

  for (const [six, family] of [
    ['', 'inet'],
    ['6', 'inet6'],
  ] as const) {
    for (const letter of ['', ...Object.keys(short)]) {
      const name = `netstat-s${six}${letter}`;
      const protocol = short[letter];
      const options = { ...all, families: [family], protocols: protocol === undefined ? [] : [protocol] };
      const asked = hostNames.filter(host => oracle(host, name) !== undefined);

      test(`some host says what ${name} should be`, () => {
        assert.ok(asked.length > 0);
      });

      for (const host of asked) {
        const theirs = linesOf(oracle(host, name) ?? '');

        test(`${host}: the sections are those of ${name}, in its order`, () => {
          assert.deepEqual(headingsOf(statisticLines(rowsOf(host), options)), headingsOf(theirs));
        });

        test(`${host}: every number of ${name} is among ours, in its section`, () => {
          let compared = 0;
          for (const [section, lines] of sectionsOf(theirs)) {
            const ours = rowsOf(host).filter(row => row.section === section);
            compared += assertCounted(section, lines, ours);
          }
          // Nobody sent a datagram of UDP-Lite over IPv6 there.
          assert.ok(compared > 0 || theirs.join() === 'UdpLite6:');
        });
      }
    }
  }
});

describe('nstat -az', () => {
  /** Constants and the one gauge that nstat leaves out; it has those of MPTCP and SCTP. */
  const levels = ['Ip Forwarding', 'Ip DefaultTTL', 'Tcp RtoAlgorithm', 'Tcp RtoMin', 'Tcp RtoMax'].concat(
    ...['Tcp MaxConn', 'Tcp CurrEstab'],
  );

  const asked = hostNames.filter(host => oracle(host, 'nstat-az') !== undefined);

  test('some host says what the kernel counts', () => {
    assert.ok(asked.length > 0);
  });

  for (const host of asked) {
    test(`${host}: every counter by its name, and none beside`, () => {
      const theirs = linesOf(oracle(host, 'nstat-az') ?? '')
        .slice(1)
        .map(line => line.split(/ +/))
        .map(([name = '', value]) => [name, Number(value)] as const);
      const ours = rowsOf(host)
        .filter(({ section, name }) => !levels.includes(`${section} ${name}`))
        .map(({ section, name, value }) => [section + name, value] as const);
      const sorted = (pairs: readonly (readonly [string, number])[]) =>
        [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
      assert.deepEqual(sorted(ours), sorted(theirs));
    });

    test(`${host}: a verbose reader sees each of them once`, () => {
      const options = { ...all, families: ['inet', 'inet6'], isVerbose: true } as const;
      const lines = statisticLines(rowsOf(host), options);
      assert.equal(lines.length, rowsOf(host).length + headingsOf(lines).length);
      assert.equal(new Set(headingsOf(lines)).size, headingsOf(lines).length);
    });
  }
});

describe('words', () => {
  const families = collectors
    .filter(({ name }) => files.includes(name))
    .flatMap(collector => collector.families.map(family => ({ collector: collector.name, family })));

  const rowFor = (collector: string, kernelName: string, value: number): StatisticRow => {
    const outcome: Outcome = {
      status: 'ok',
      data: new Map([[kernelName, value]]),
      skipped: { count: 0, examples: [] },
      seconds: 0,
    };
    const [row] = statisticRows(new Map([[collector, outcome]]), collectors);
    assert.ok(row !== undefined);
    return row;
  };

  test('they are those of the metric, without the names and files at its end', () => {
    assert.equal(
      rowFor('netstat', 'TcpExt_TCPAbortOnTimeout', 3).help,
      'Connections given up because the peer did not answer retransmissions, keepalives or window probes',
    );
    for (const { collector, family } of families) {
      if (family.statistic === undefined) continue;
      const { help } = rowFor(collector, family.statistic.kernelName, 1);
      assert.ok(help.length > 10);
      assert.doesNotMatch(help, /net\/(snmp|netstat|sctp)|\.$/);
    }
  });

  test('where the metric has another number than the kernel, they are of the number that is shown', () => {
    const converted = families.flatMap(({ collector, family }) => {
      const kernelName = family.statistic?.kernelName;
      if (kernelName === undefined) return [];
      const emitted: number[] = [];
      family.sample(new Map([[kernelName, 2000]]), value => emitted.push(value));
      return emitted.every(value => value === 2000) ? [] : [{ collector, family, kernelName }];
    });
    assert.deepEqual(
      converted.map(({ kernelName }) => kernelName),
      ['Ip_Forwarding', 'Tcp_RtoMin', 'Tcp_RtoMax'],
    );
    for (const { collector, family, kernelName } of converted) {
      const row = rowFor(collector, kernelName, 2000);
      assert.equal(row.value, 2000);
      assert.equal(row.kind, 'gauge');
      assert.ok(!family.help.startsWith(row.help), row.help);
    }
  });

  test('a row tells which IP version it counts, and none where it counts both', () => {
    const familyOf = (host: string): ReadonlyMap<string, string> =>
      new Map(rowsOf(host).map(({ section, family }) => [section, family]));
    assert.deepEqual(Object.fromEntries(familyOf('inet')), {
      ...{ Ip: 'inet', Icmp: 'inet', IcmpMsg: 'inet', Tcp: '', Udp: 'inet', UdpLite: 'inet' },
      ...{ TcpExt: '', IpExt: 'inet', MPTcpExt: '', Sctp: '' },
      ...{ Ip6: 'inet6', Icmp6: 'inet6', Udp6: 'inet6', UdpLite6: 'inet6' },
    });
  });
});

const row = (changes: Partial<StatisticRow>): StatisticRow => ({
  section: 'TcpExt',
  name: 'ListenDrops',
  value: 3,
  kind: 'counter',
  help: 'Connections lost',
  family: '',
  collector: 'netstat',
  ...changes,
});

test('a counter has its number, its words and its name, and one without words its name', () => {
  const rows = [row({}), row({ name: 'Newest', value: 7, help: '' })];
  assert.deepEqual(statisticLines(rows, all), [
    'TcpExt:',
    '    3 Connections lost (ListenDrops)',
    '    Newest: 7',
  ]);
});

describe('zeros', () => {
  const rows = [
    row({ name: 'A', value: 0 }),
    row({ name: 'B', value: 1 }),
    row({ name: 'C', value: 0, help: '' }),
    row({ name: 'D', value: 0, kind: 'gauge', help: 'Connections now' }),
    row({ name: 'E', value: -1, kind: 'gauge', help: 'A limit' }),
    row({ section: 'IpExt', name: 'F', value: 0 }),
  ];

  test('counters that are zero are only numbered, and a gauge is always shown', () => {
    assert.deepEqual(statisticLines(rows, all), [
      'TcpExt:',
      '    1 Connections lost (B)',
      '    0 Connections now (D)',
      '    -1 A limit (E)',
      '    2 counters are zero (-v shows them)',
      'IpExt:',
      '    1 counter is zero (-v shows it)',
    ]);
  });

  test('with -v they are shown like all others', () => {
    assert.deepEqual(statisticLines(rows, { ...all, isVerbose: true }), [
      'TcpExt:',
      '    0 Connections lost (A)',
      '    1 Connections lost (B)',
      '    C: 0',
      '    0 Connections now (D)',
      '    -1 A limit (E)',
      'IpExt:',
      '    0 Connections lost (F)',
    ]);
  });
});

test('what both IP versions count together is shown once where both are asked for', () => {
  const rows = [
    row({ section: 'Ip', collector: 'snmp', family: 'inet' }),
    row({ section: 'Tcp', collector: 'snmp' }),
    row({}),
    row({ section: 'Ip6', collector: 'snmp6', family: 'inet6' }),
  ];
  const headings = (families: StatisticOptions['families']) =>
    headingsOf(statisticLines(rows, { ...all, families }));
  assert.deepEqual(headings(['inet', 'inet6']), ['Ip:', 'Tcp:', 'TcpExt:', 'Ip6:']);
  assert.deepEqual(headings(['inet6']), ['Ip6:', 'Tcp:']);
});

describe('odd files', () => {
  const outcome = (entries: readonly (readonly [string, number])[]): Outcome => ({
    ...{ status: 'ok', data: new Map(entries), skipped: { count: 0, examples: [] }, seconds: 0 },
  });

  test('a number beyond 2^53 has no exponent', () => {
    const rows = statisticRows(new Map([['netstat', outcome([['IpExt_InOctets', 2 ** 64]])]]), collectors);
    const [, line = ''] = statisticLines(rows, all);
    assert.match(line, /^ {4}18446744073709552000 Bytes .* \(InOctets\)$/);
  });

  test('a name of the kernel can be anything', () => {
    const snapshot = new Map([
      [
        'snmp',
        outcome([
          ['__proto___x', 1],
          ['constructor_y', 2],
          ['Tcp\x1b[2J_a\u202eb\r', 3],
        ]),
      ],
      [
        'netstat',
        outcome([
          ['TcpExt_constructor', 4],
          ['_', 5],
        ]),
      ],
      ['snmp6', outcome([['Newer6', 6]])],
    ] as const);
    const rows = statisticRows(snapshot, collectors);
    const options = { ...all, families: ['inet', 'inet6'] } as const;
    assert.deepEqual(statisticLines(rows, options), [
      ...['Other:', '    __proto___x: 1', '    _: 5', '    Newer6: 6', 'constructor:', '    y: 2'],
      ...['Tcp\\x1b[2J:', '    a\\u{202e}b\\x0d: 3', 'TcpExt:', '    constructor: 4'],
    ]);
  });

  test('a file that is not there, or could not be read, has no rows', () => {
    const failed: Outcome = { status: 'failed', reason: 'parse', message: 'net/snmp:1: …', seconds: 0 };
    const snapshot = new Map<string, Outcome>([
      ['snmp', failed],
      ['snmp6', { status: 'absent', seconds: 0 }],
      ['tcp', outcome([['Tcp_a', 1]])],
    ]);
    assert.deepEqual(statisticRows(snapshot, collectors), []);
    assert.deepEqual(statisticLines([], all), []);
  });
});
