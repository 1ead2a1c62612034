// Protects: a snapshot becomes exactly the series that the user selected, within the limits, and what was left out is counted.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collector, familyOf } from '../../src/collectors/collector.ts';
import type { FamilySpec, Tier } from '../../src/metrics/family.ts';
import type { Label } from '../../src/metrics/label.ts';
import { createMaterializer as createInPieces, type Selection } from '../../src/snapshot/materialize.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import { createMaterializer } from '../materializing.ts';

/** Data of the collectors in these tests: samples, each a value and its labels. */
type Rows = readonly (readonly [value: number, ...labels: string[]])[];

const everything: Selection = { device: () => true, statistic: () => true, limits: {} };

const familyWith = (
  name: string,
  labels: readonly Label[],
  more: Partial<FamilySpec<Rows>> = {},
): FamilySpec<Rows> => ({
  name,
  kind: 'gauge',
  help: 'Help.',
  labels,
  sample(rows, emit) {
    for (const row of rows) emit(...row);
  },
  ...more,
});

const collectorOf = (name: string, ...families: readonly FamilySpec<Rows>[]) =>
  collectorWith(name, families, () => []);

const collectorWith = (
  name: string,
  families: readonly FamilySpec<Rows>[],
  unlisted: (rows: Rows) => readonly FamilySpec<Rows>[],
) =>
  collector<string, Rows>({
    name,
    file: `net/${name}`,
    about: 'For a test.',
    fold: () => ({ add: () => undefined, end: () => [] }),
    families,
    unlisted,
  });

const ok = (data: unknown): Outcome => ({
  status: 'ok',
  data,
  skipped: { count: 0, examples: [] },
  seconds: 0,
});

const family = (name: string, ...values: readonly string[]): Label => ({ name, values });
const left = (name: string, limit: number): Label => ({ name, limit, surplus: 'left out' });
const other = (name: string, limit: number): Label => ({ name, limit, surplus: 'other' });

/** `name{a,b} value` for each series, in the order of the families. */
const seriesOf = (
  outcomes: Readonly<Record<string, Outcome>>,
  collectors: readonly ReturnType<typeof collectorOf>[],
  selection: Partial<Selection> = {},
) => {
  const { families, series, folded } = createMaterializer(collectors, { ...everything, ...selection })(
    new Map(Object.entries(outcomes)),
  );
  return {
    lines: families.flatMap(({ name, samples }) =>
      samples.map(({ value, labels }) => `${name}{${labels.join()}} ${value}`),
    ),
    series: Object.fromEntries(series),
    folded: Object.fromEntries([...folded].map(([name, labels]) => [name, Object.fromEntries(labels)])),
    families,
  };
};

describe('joining', () => {
  const tcp = collectorOf('tcp', familyWith('sockets', [family('family', 'inet')]));
  const tcp6 = collectorOf('tcp6', familyWith('sockets', [family('family', 'inet6')]));

  test('families of one name become one, and each collector is credited with its own series', () => {
    const { lines, series, families } = seriesOf({ tcp: ok([[1, 'inet']]), tcp6: ok([[2, 'inet6']]) }, [
      tcp,
      tcp6,
    ]);
    assert.deepEqual(lines, ['netstat_sockets{inet} 1', 'netstat_sockets{inet6} 2']);
    assert.deepEqual(series, { tcp: 1, tcp6: 1 });
    assert.deepEqual(
      families.map(({ name, kind, help, labels }) => ({ name, kind, help, labels })),
      [{ name: 'netstat_sockets', kind: 'gauge', help: 'Help.', labels: ['family'] }],
    );
  });

  test('families come in the order of their names, whatever the order of the collectors', () => {
    const b = collectorOf('one', familyWith('b', []), familyWith('a_total', []));
    const c = collectorOf('two', familyWith('c', []), familyWith('aa', []));
    const { families } = seriesOf({ one: ok([[1]]), two: ok([[1]]) }, [b, c]);
    assert.deepEqual(
      families.map(({ name }) => name),
      ['netstat_a_total', 'netstat_aa', 'netstat_b', 'netstat_c'],
    );
  });

  test('samples with equal labels are added up and are one series', () => {
    const rows: Rows = [
      [1, 'inet'],
      [2, 'inet'],
      [4, 'inet'],
    ];
    const { lines, series } = seriesOf({ tcp: ok(rows), tcp6: ok([[8, 'inet']]) }, [tcp, tcp6]);
    assert.deepEqual(lines, ['netstat_sockets{inet} 15']);
    assert.deepEqual(series, { tcp: 1, tcp6: 0 });
  });

  test('labels that only look alike when joined stay apart', () => {
    const pair = collectorOf('tcp', familyWith('sockets', [left('a', 9), left('b', 9)]));
    const rows: Rows = [
      [1, 'x,', 'y'],
      [2, 'x', ',y'],
      [4, '', 'xy'],
      [8, 'xy', ''],
    ];
    assert.equal(seriesOf({ tcp: ok(rows) }, [pair]).lines.length, 4);
  });

  test('a collector that failed, is absent or was not asked gives nothing, and a family without samples is not there', () => {
    const { lines, series, families } = seriesOf(
      {
        tcp: { status: 'absent', seconds: 0 },
        tcp6: { status: 'failed', reason: 'io', message: '', seconds: 0 },
      },
      [tcp, tcp6, collectorOf('udp', familyWith('x', []))],
    );
    assert.deepEqual({ lines, series, families }, { lines: [], series: {}, families: [] });
    assert.deepEqual(seriesOf({ tcp: ok([]) }, [tcp]).families, []);
  });

  test('one snapshot materialized twice gives the same twice', () => {
    const materialize = createMaterializer([tcp], everything);
    const snapshot = new Map([['tcp', ok([[1, 'inet']])]]);
    const first = materialize(snapshot);
    assert.deepEqual(materialize(snapshot), first);
  });
});

describe('devices', () => {
  const dev = collectorOf('dev', familyWith('up', [left('device', 9)]));
  const rows: Rows = [
    [1, 'eth0'],
    [1, 'veth1'],
    [1, ''],
  ];

  test('only those that the user wants are exposed, and what has no device is', () => {
    const { lines, folded } = seriesOf({ dev: ok(rows) }, [dev], { device: name => name.startsWith('eth') });
    assert.deepEqual(lines, ['netstat_up{eth0} 1', 'netstat_up{} 1']);
    assert.deepEqual(folded['dev'], {}, 'what is not wanted is not left out by a limit');
  });

  test('those that nobody wants do not count towards the limit', () => {
    const many: Rows = [...Array.from({ length: 50 }, (_, i) => [1, `veth${i}`] as const), [1, 'eth0']];
    const { lines, folded } = seriesOf({ dev: ok(many) }, [dev], {
      device: name => name.startsWith('eth'),
      limits: { device: 1 },
    });
    assert.deepEqual(lines, ['netstat_up{eth0} 1']);
    assert.deepEqual(folded['dev'], {});
  });

  test('the filter looks at the device wherever the label stands, and at no other label', () => {
    const routes = collectorOf('route', familyWith('routes', [family('kind', 'eth0'), left('device', 9)]));
    const { lines } = seriesOf(
      {
        route: ok([
          [1, 'eth0', 'lo'],
          [2, 'direct', 'eth0'],
        ]),
      },
      [routes],
      { device: name => name === 'lo' },
    );
    assert.deepEqual(lines, ['netstat_routes{eth0,lo} 1']);
  });
});

describe('limits', () => {
  const rows: Rows = [
    [1, 'a', 'x'],
    [2, 'b', 'x'],
    [4, 'c', 'x'],
    [8, 'd', 'x'],
    [16, 'a', 'y'],
    [32, 'c', 'y'],
  ];
  const gauge = collectorOf('gauge', familyWith('g', [other('port', 2), family('state', 'x', 'y')]));
  const counter = collectorOf(
    'counter',
    familyWith('c_total', [left('port', 2), family('state', 'x', 'y')], { kind: 'counter' }),
  );

  test('a gauge puts what is beyond the limit under "other", added up, and counts the values', () => {
    const { lines, series, folded } = seriesOf({ gauge: ok(rows) }, [gauge]);
    assert.deepEqual(lines, [
      'netstat_g{a,x} 1',
      'netstat_g{b,x} 2',
      'netstat_g{other,x} 12',
      'netstat_g{a,y} 16',
      'netstat_g{other,y} 32',
    ]);
    assert.deepEqual(series, { gauge: 5 });
    assert.deepEqual(folded, { gauge: { port: 2 } });
  });

  test('a counter leaves it out and counts it', () => {
    const { lines, folded } = seriesOf({ counter: ok(rows) }, [counter]);
    assert.deepEqual(lines, ['netstat_c_total{a,x} 1', 'netstat_c_total{b,x} 2', 'netstat_c_total{a,y} 16']);
    assert.deepEqual(folded, { counter: { port: 2 } });
  });

  test("the user's limit for a label wins over its own, upwards and downwards", () => {
    const size = (limit: number): number =>
      seriesOf({ counter: ok(rows) }, [counter], { limits: { port: limit } }).lines.length;
    assert.deepEqual([1, 2, 3, 4].map(size), [2, 3, 5, 6]);
  });

  test('at the limit nothing is folded', () => {
    const { folded, lines } = seriesOf({ gauge: ok(rows) }, [gauge], { limits: { port: 4 } });
    assert.equal(lines.length, 6);
    assert.deepEqual(folded, { gauge: {} });
  });

  test('a value beyond the limit in two families of a collector counts once', () => {
    const twice = collectorOf(
      'gauge',
      familyWith('g', [other('port', 2), family('state')]),
      familyWith('h', [other('port', 2), family('state')]),
    );
    assert.deepEqual(seriesOf({ gauge: ok(rows) }, [twice]).folded, { gauge: { port: 2 } });
  });

  test('something that is really called "other" is added to the rest and loses nothing', () => {
    const { lines } = seriesOf(
      {
        gauge: ok([
          [1, 'a', 'x'],
          [2, 'other', 'x'],
          [4, 'b', 'x'],
          [8, 'c', 'x'],
        ]),
      },
      [gauge],
    );
    assert.deepEqual(lines, ['netstat_g{a,x} 1', 'netstat_g{other,x} 10', 'netstat_g{b,x} 4']);
  });

  test('a label that goes with another has no limit of its own', () => {
    const info = collectorOf(
      'info',
      familyWith('info', [left('device', 2), { name: 'address', of: 'device' }]),
    );
    const { lines } = seriesOf(
      {
        info: ok([
          [1, 'a', '00:01'],
          [1, 'b', '00:02'],
          [1, 'c', '00:03'],
        ]),
      },
      [info],
    );
    assert.deepEqual(lines, ['netstat_info{a,00:01} 1', 'netstat_info{b,00:02} 1']);
  });

  test('of a label that shares the limit of another, each pair with it counts, exposed or left out', () => {
    const info = collectorOf(
      'info',
      familyWith('info', [{ name: 'device', with: 'group' }, left('group', 3)]),
    );
    const { lines, folded } = seriesOf(
      {
        info: ok([
          [1, 'a', 'g'],
          [1, 'a', 'h'],
          [1, 'b', 'g'],
          [1, 'b', 'h'],
          [1, 'a', 'g'],
          [1, 'c', 'g'],
        ]),
      },
      [info],
    );
    assert.deepEqual(lines, ['netstat_info{a,g} 2', 'netstat_info{a,h} 1', 'netstat_info{b,g} 1']);
    assert.deepEqual(folded, { info: { group: 2 } });
  });
});

describe('statistics', () => {
  const statistic = (kernelName: string, tier: Tier): FamilySpec<Rows> =>
    familyWith(`${kernelName.toLowerCase()}_total`, [], { kind: 'counter', statistic: { kernelName, tier } });

  const snmp = collectorOf(
    'snmp',
    statistic('Tcp_A', 'minimal'),
    statistic('Tcp_B', 'default'),
    statistic('Tcp_C', 'all'),
    familyWith('always', []),
  );

  test('are asked for by their kernel name and tier; what is no statistic is always there', () => {
    const asked: string[] = [];
    const { lines } = seriesOf({ snmp: ok([[1]]) }, [snmp], {
      statistic(name, tier) {
        asked.push(`${name} ${tier}`);
        return tier !== 'all';
      },
    });
    assert.deepEqual(lines, ['netstat_always{} 1', 'netstat_tcp_a_total{} 1', 'netstat_tcp_b_total{} 1']);
    assert.deepEqual(asked, ['Tcp_A minimal', 'Tcp_B default', 'Tcp_C all']);
  });

  test('counters that this program does not know come with the others, up to a limit', () => {
    const newer = collectorWith('snmp', [], rows =>
      rows.map((_, i) => ({
        ...statistic(`Tcp_New${String(i).padStart(3, '0')}`, 'all'),
        sample(_rows, emit) {
          emit(i);
        },
      })),
    );
    const data = ok(Array.from({ length: 300 }, () => [0] as const));
    assert.equal(seriesOf({ snmp: data }, [newer]).lines.length, 256);
    assert.deepEqual(seriesOf({ snmp: data }, [newer]).folded, { snmp: { counter: 44 } });
    assert.equal(seriesOf({ snmp: data }, [newer], { limits: { counter: 3 } }).lines.length, 3);
    assert.equal(seriesOf({ snmp: data }, [newer], { limits: { counter: 300 } }).lines.length, 300);
    assert.deepEqual(seriesOf({ snmp: data }, [newer], { statistic: name => name === 'Tcp_New007' }).lines, [
      'netstat_tcp_new007_total{} 7',
    ]);
  });

  test('one whose name is taken by something of another shape is left out and counted', () => {
    const clashing = collectorWith('snmp', [familyWith('always', [])], () => [
      { ...statistic('Tcp_X', 'all'), name: 'always' },
      { ...statistic('Tcp_Y', 'all'), name: 'always', kind: 'gauge', labels: [family('family', 'inet')] },
    ]);
    const { lines, folded } = seriesOf({ snmp: ok([[1]]) }, [clashing]);
    assert.deepEqual(lines, ['netstat_always{} 1']);
    assert.deepEqual(folded, { snmp: { counter: 1 } });
  });
});

test('a family described with familyOf is one like any other', () => {
  const typed = familyOf<Rows>()({
    name: 'typed',
    kind: 'gauge',
    help: 'Help.',
    labels: [{ name: 'family', values: ['inet'] }],
    sample(rows, emit) {
      emit(rows.length, 'inet');
    },
  });
  assert.deepEqual(seriesOf({ x: ok([[1], [1]]) }, [collectorOf('x', typed)]).lines, [
    'netstat_typed{inet} 2',
  ]);
});

describe('fifty thousand series', () => {
  const SERIES = 50_000;
  const one = collectorOf('one', familyWith('of_one', [left('x', SERIES)]));
  const others = Array.from({ length: 500 }, (_, i) => familyWith(`small_${i}`, [left('x', 100)]));
  const several = collectorOf('several', ...others);
  const rows = (count: number): Rows => Array.from({ length: count }, (_, i) => [i, String(i)]);

  for (const [what, each, data] of [
    ['of one family', one, rows(SERIES)],
    ['of many families', several, rows(SERIES / others.length)],
  ] as const) {
    test(`${what} are made in pieces`, () => {
      const materialize = createInPieces([each], everything);
      const snapshot = new Map([[each.name, ok(data)]]);
      const { families, series } = materialize(snapshot);
      let turns = 0;
      let samples = 0;
      for (const family of families) {
        if (family === undefined) turns++;
        samples += family?.samples.length ?? 0;
      }
      assert.ok(turns >= 49, `${turns} turns`);
      assert.equal(series.get(each.name), SERIES);
      assert.equal(samples, SERIES);
    });
  }
});
