// Protects: what is kept from scrape to scrape changes nothing that is told, and what comes again is the same object.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { FamilySpec, MetricFamily } from '../../src/metrics/family.ts';
import type { Label } from '../../src/metrics/label.ts';
import {
  createFamilyMaker,
  type Choice,
  type FamilyMaker,
  type Made,
  type NamespaceLabels,
  type Part,
} from '../../src/snapshot/family-maker.ts';
import { atOnce } from '../../src/snapshot/pieces.ts';
import { createExposition } from '../exposing.ts';
import { hostNames, readHost } from '../hosts.ts';
import { createMaterializer } from '../materializing.ts';
import { collectors } from '../../src/collectors/index.ts';

type Rows = readonly (readonly [value: number, ...labels: string[]])[];

const everything: Choice = { device: () => true, limits: {} };
const formats = ['classic', 'openmetrics'] as const;

const specOf = (name: string, labels: readonly Label[], kind: 'counter' | 'gauge' = 'gauge') =>
  ({
    name,
    kind,
    help: `Of ${name}.`,
    labels,
    sample(rows, emit) {
      for (const row of rows) emit(...row);
    },
  }) satisfies FamilySpec<Rows>;

const open = (name: string): Label => ({ name, limit: 100_000, surplus: 'left out' });
const ports = specOf('ports', [open('port'), open('state')]);

const partOf = (spec: FamilySpec<Rows>, data: Rows, namespace?: NamespaceLabels): Part => ({
  spec,
  data,
  namespace,
});

const makeOf = (make: FamilyMaker, first: Part, ...others: readonly Part[]): Made =>
  atOnce(make([first, ...others]));

const familyOf = (make: FamilyMaker, first: Part, ...others: readonly Part[]): MetricFamily =>
  makeOf(make, first, ...others).family ?? assert.fail('no samples');

const told = ({ family, added, surplus }: Made) => ({ family, added, surplus });

describe('what comes again', () => {
  const rows: Rows = [
    [1, '80', 'ESTABLISHED'],
    [2, '443', 'ESTABLISHED'],
    [0, '443', 'CLOSE_WAIT'],
  ];

  test('with the same values is the same family', () => {
    const make = createFamilyMaker('', everything);
    const first = familyOf(make, partOf(ports, rows));
    assert.equal(familyOf(make, partOf(ports, structuredClone(rows))), first);
  });

  test('with another value is another family, of which all else is as before', () => {
    const make = createFamilyMaker('', everything);
    const first = familyOf(make, partOf(ports, rows));
    const later = familyOf(make, partOf(ports, [...rows.slice(0, 2), [5, '443', 'CLOSE_WAIT']]));
    assert.deepEqual(
      later.samples.map(({ value }) => value),
      [1, 2, 5],
    );
    assert.deepEqual(
      first.samples.map(({ value }) => value),
      [1, 2, 0],
      'what was handed over does not change',
    );
    assert.equal(later.samples[0], first.samples[0]);
    assert.notEqual(later.samples[2], first.samples[2]);
    assert.equal(later.samples[2]?.labels, first.samples[2]?.labels);
  });

  test('at another place keeps its labels', () => {
    const make = createFamilyMaker('', everything);
    const first = familyOf(make, partOf(ports, rows));
    const later = familyOf(make, partOf(ports, [[7, '22', 'LISTEN'], ...structuredClone(rows)]));
    assert.deepEqual(
      later.samples.slice(1).map(({ labels }) => first.samples.findIndex(each => each.labels === labels)),
      [0, 1, 2],
    );
  });

  test('in another namespace is something else', () => {
    const make = createFamilyMaker('', everything);
    const first = familyOf(make, partOf(ports, rows, ['a', '']));
    const later = familyOf(make, partOf(ports, structuredClone(rows), ['b', '']));
    assert.deepEqual(later.samples[0]?.labels, ['80', 'ESTABLISHED', 'b', '']);
    assert.equal(familyOf(make, partOf(ports, rows, ['b', ''])), later);
    assert.deepEqual(first.samples[0]?.labels, ['80', 'ESTABLISHED', 'a', '']);
  });

  test('with other labels is another family', () => {
    const make = createFamilyMaker('', everything);
    familyOf(make, partOf(specOf('ports', [open('port')]), [[1, '80']]));
    const later = familyOf(make, partOf(ports, [[1, '80', 'LISTEN']]));
    assert.deepEqual(
      [later.labels, later.samples],
      [['port', 'state'], [{ value: 1, labels: ['80', 'LISTEN'] }]],
    );
  });

  test('is told to be beyond its limit again', () => {
    const make = createFamilyMaker('', { ...everything, limits: { port: 1 } });
    const first = makeOf(make, partOf(ports, rows));
    assert.deepEqual(
      first.surplus.map(({ value }) => value),
      ['443', '443'],
    );
    assert.deepEqual(told(makeOf(make, partOf(ports, structuredClone(rows)))), told(first));
  });

  test('is found again after a scrape without it only where it is told anew', () => {
    const make = createFamilyMaker('', everything);
    familyOf(make, partOf(ports, rows));
    assert.equal(makeOf(make, partOf(ports, [])).family, undefined);
    assert.deepEqual(
      familyOf(make, partOf(ports, rows)).samples.map(({ value }) => value),
      [1, 2, 0],
    );
  });
});

describe('what is kept', () => {
  const many = (count: number): Rows => Array.from({ length: count }, (_, i) => [i, String(i), '']);
  const others = specOf('others', [open('port'), open('state')]);

  test('is 20,000 samples at the most, and nothing from the scrape on that has more', () => {
    const make = createFamilyMaker('', everything);
    const kept = familyOf(make, partOf(ports, many(15_000)));
    assert.equal(kept.isKept, true);
    assert.equal(familyOf(make, partOf(ports, many(15_000))), kept);
    const others5000 = familyOf(make, partOf(others, many(5_000)));
    assert.equal(familyOf(make, partOf(others, many(5_000))), others5000);
    const beyond = familyOf(make, partOf(others, many(5_001)));
    assert.equal(beyond.isKept, false);
    const anew = familyOf(make, partOf(ports, many(15_000)));
    assert.equal(anew.isKept, false);
    assert.notEqual(anew, kept);
    assert.deepEqual(anew.samples, kept.samples);
  });

  test('takes the room of one family once, however often that changes', () => {
    const make = createFamilyMaker('', everything);
    for (let count = 19_990; count <= 20_000; count++)
      assert.equal(familyOf(make, partOf(ports, many(count))).isKept, true);
    assert.equal(familyOf(make, partOf(ports, many(10))).isKept, true);
    assert.equal(familyOf(make, partOf(others, many(19_990))).isKept, true);
  });

  test('holds nothing whose description was made for the data of one scrape', () => {
    const make = createFamilyMaker('', everything);
    const part = { ...partOf(ports, many(3)), isOfData: true };
    assert.equal(familyOf(make, part).isKept, false);
    assert.notEqual(familyOf(make, part), familyOf(make, part));
  });
});

test('scrapes that are told at the same time do not disturb each other, and take no room twice', () => {
  const make = createFamilyMaker('', everything);
  const rows = (value: number): Rows => Array.from({ length: 9_000 }, (_, i) => [value, String(i), '']);
  const under = [1, 2, 3].map(value => ({ value, pieces: make([partOf(ports, rows(value))]) }));
  let ended = 0;
  for (let turns = 0; ended < under.length; turns++) {
    const each = under[turns % under.length] ?? assert.fail();
    const step = each.pieces.next();
    if (step.done !== true) continue;
    ended++;
    assert.ok(turns > 30, 'in turns');
    assert.deepEqual(new Set(step.value.family?.samples.map(({ value }) => value)), new Set([each.value]));
  }
  const others = specOf('others', [open('port'), open('state')]);
  assert.equal(familyOf(make, partOf(others, rows(0))).isKept, true);
});

const labelValue = fc.constantFrom('', 'a', 'b', 'other', 'eth0', '"\\\n', '\uffff');
const rowsOf = fc.array(fc.tuple(fc.constantFrom(0, 1, 2.5, -0, NaN), labelValue, labelValue), {
  maxLength: 6,
});
/** What is told of one family in one scrape: by each collector of two, in each namespace of some. */
const momentOf = fc.array(
  fc.record({
    which: fc.constantFrom(0, 1, 2),
    rows: rowsOf,
    namespace: fc.option(fc.tuple(fc.constantFrom('x', 'y'), fc.constantFrom('', 'c')), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 3 },
);

test('whatever was told before, the next scrape tells the same as the first would', async () => {
  const specs = [
    specOf('f', [{ name: 'device', limit: 2, surplus: 'other' }, open('kind')]),
    specOf('f', [
      { name: 'device', limit: 1, surplus: 'left out' },
      { name: 'kind', with: 'device' },
    ]),
    specOf('f', [open('device'), open('kind')], 'counter'),
  ] as const;
  const choice: Choice = { device: name => name !== 'b', limits: {} };
  await fc.assert(
    fc.asyncProperty(fc.array(momentOf, { minLength: 2, maxLength: 6 }), async moments => {
      const make = createFamilyMaker('p_', choice);
      const expose = createExposition();
      // Each comes twice: what is kept is used at least then.
      for (const moment of moments.flatMap(each => [each, each])) {
        const [first, ...rest] = moment.map(({ which, rows, namespace }) =>
          partOf(specs[which], rows, namespace),
        );
        assert.ok(first !== undefined);
        const made = makeOf(make, first, ...rest);
        const anew = makeOf(createFamilyMaker('p_', choice), first, ...rest);
        assert.deepEqual(told(made), told(anew));
        for (const format of formats)
          assert.equal(await expose([made.family], format), await createExposition()([anew.family], format));
      }
    }),
  );
});

test('hosts that follow one another are each told as if they were alone', async () => {
  const selection = { ...everything, statistic: () => true };
  const materialize = createMaterializer(collectors, selection);
  const expose = createExposition();
  const names = collectors.map(({ name }) => name);
  const hosts = hostNames.slice(0, 6);
  let isKept = 0;
  for (const [i, host] of [...hosts, ...hosts.flatMap(each => [each, each])].entries()) {
    const snapshot = readHost(host, names);
    const format = formats[i % 2] ?? 'classic';
    const { families, series, folded } = materialize(snapshot);
    const alone = createMaterializer(collectors, selection)(snapshot);
    assert.deepEqual({ families, series, folded }, alone, host);
    assert.equal(await expose(families, format), await createExposition()(alone.families, format), host);
    isKept += families.filter(each => each.isKept).length;
  }
  assert.ok(isKept > 1000);
});
