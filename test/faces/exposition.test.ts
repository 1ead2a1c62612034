// Protects: what Prometheus reads is the text that both formats define, whatever a label holds and in whatever order the formats are asked for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry, type Metric, type RegistryContentType } from 'prom-client';
import { contentTypes, type Format } from '../../src/faces/exposition.ts';
import type { Kind, MetricFamily } from '../../src/metrics/family.ts';
import { createFamilies } from '../../src/snapshot/materialize.ts';
import { createExposition } from '../exposing.ts';

type SampleOf = readonly [value: number, ...labels: string[]];

const familiesOf = (
  kind: Kind,
  name: string,
  labels: readonly string[],
  samples: readonly SampleOf[],
  help = 'Some help.',
): readonly MetricFamily[] =>
  createFamilies<readonly SampleOf[]>('', [
    {
      name,
      kind,
      help,
      labels: labels.map(label => ({ name: label, limit: 100, surplus: 'left out' as const })),
      sample(data, emit) {
        for (const each of data) emit(...each);
      },
    },
  ])(samples);

const classic = (families: readonly MetricFamily[]) => createExposition()(families, 'classic');
const openMetrics = (families: readonly MetricFamily[]) => createExposition()(families, 'openmetrics');

const sampleLines = (text: string): readonly string[] =>
  text.split('\n').filter(line => line !== '' && !line.startsWith('#'));

test('the content types are those of the two formats', () => {
  assert.deepEqual(contentTypes, {
    classic: 'text/plain; version=0.0.4; charset=utf-8',
    openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  });
});

test('classic text: a counter keeps its _total in all three lines', async () => {
  const text = await classic(familiesOf('counter', 'a_total', ['x'], [[1, 'y']]));
  assert.equal(text.trimEnd(), '# HELP a_total Some help.\n# TYPE a_total counter\na_total{x="y"} 1');
  assert.ok(text.endsWith('\n'), 'the last line has an end');
});

test('OpenMetrics: the family of a counter has no _total, its samples have, and the text ends in # EOF', async () => {
  const text = await openMetrics(familiesOf('counter', 'a_total', ['x'], [[1, 'y']]));
  assert.equal(text, '# HELP a Some help.\n# TYPE a counter\na_total{x="y"} 1\n# EOF\n');
});

test('of no families there is nothing but the end', async () => {
  assert.equal(await classic([]), '\n');
  assert.equal(await openMetrics([]), '# EOF\n');
});

test('a gauge is called the same in both formats', async () => {
  const gauge = familiesOf('gauge', 'a_bytes', [], [[2.5]]);
  assert.deepEqual(sampleLines(await classic(gauge)), ['a_bytes 2.5']);
  assert.equal(
    await openMetrics(gauge),
    '# HELP a_bytes Some help.\n# TYPE a_bytes gauge\na_bytes 2.5\n# EOF\n',
  );
});

/** A label value as it is, and as both formats write it. */
const escapes: readonly (readonly [what: string, value: string, written: string])[] = [
  ['a quotation mark', 'a"b', 'a\\"b'],
  ['a backslash', 'a\\b', 'a\\\\b'],
  ['a backslash before an n', 'a\\nb', 'a\\\\nb'],
  ['a line end', 'a\nb', 'a\\nb'],
  ['all of them', '\\"\n', '\\\\\\"\\n'],
  ['UTF-8', 'ünï-0 日本 😀', 'ünï-0 日本 😀'],
  ['what a replacement would take for a pattern', "$& $1 $'", "$& $1 $'"],
  ['braces, commas and equals signs', '{x="y"},a=b', '{x=\\"y\\"},a=b'],
  ['a tab and a carriage return', 'a\tb\rc', 'a\tb\rc'],
];

for (const [what, value, written] of escapes) {
  test(`a label may hold ${what}`, async () => {
    const families = familiesOf('gauge', 'a', ['x'], [[1, value]]);
    assert.deepEqual((await classic(families)).split('\n')[2], `a{x="${written}"} 1`);
    assert.deepEqual((await openMetrics(families)).split('\n')[2], `a{x="${written}"} 1`);
  });
}

test('line ends and backslashes in a help text do not break its line', async () => {
  for (const text of [await classic(helped()), await openMetrics(helped())]) {
    assert.equal(text.split('\n')[0], '# HELP a one\\ntwo \\\\ three');
  }
});

const helped = () => familiesOf('gauge', 'a', [], [[1]], 'one\ntwo \\ three');

test('a label without a value is left out, and one without any needs no braces', async () => {
  const samples: readonly SampleOf[] = [
    [1, '', 'b'],
    [2, 'a', ''],
    [3, '', ''],
  ];
  assert.deepEqual(sampleLines(await classic(familiesOf('gauge', 'a', ['x', 'y'], samples))), [
    'a{y="b"} 1',
    'a{x="a"} 2',
    'a 3',
  ]);
});

test('numbers are written so that they read back as the same', async () => {
  const values = [0, -1, 0.1, 1e21, 2 ** 53, 18446744073709551615, 5e-324];
  const lines = sampleLines(
    await classic(
      familiesOf(
        'gauge',
        'a',
        ['x'],
        values.map((value, i) => [value, String(i)] as const),
      ),
    ),
  );
  assert.deepEqual(
    lines.map(line => Number(line.split(' ')[1])),
    values,
  );
});

test('one exposition gives the right names however the formats alternate, and however the values change', async () => {
  const expose = createExposition();
  const formats = ['classic', 'openmetrics', 'openmetrics', 'classic', 'openmetrics', 'classic'] as const;
  for (const [i, format] of formats.entries()) {
    const samples: readonly SampleOf[] = [
      [i, 'one', 'a'],
      [i * 10, i % 2 === 0 ? 'two' : 'three', 'b"'],
    ];
    const families = [
      ...familiesOf('counter', 'a_total', ['x', 'y'], samples),
      ...familiesOf('gauge', 'b', ['z'], [[i, 'one']]),
    ];
    assert.equal(
      await expose(families, format),
      await createExposition()(families, format),
      `${i} ${format}`,
    );
  }
});

test('two families whose labels differ in name only do not share what was remembered of them', async () => {
  const expose = createExposition();
  for (let i = 0; i < 3; i++) {
    const text = await expose(
      [...familiesOf('gauge', 'a', ['x'], [[1, 'v']]), ...familiesOf('gauge', 'b', ['y'], [[2, 'v']])],
      'classic',
    );
    assert.deepEqual(sampleLines(text), ['a{x="v"} 1', 'b{y="v"} 2']);
  }
});

test('a series that went is not in the next response', async () => {
  const expose = createExposition();
  await expose(
    familiesOf(
      'gauge',
      'a',
      ['x'],
      [
        [1, 'here'],
        [2, 'gone'],
      ],
    ),
    'classic',
  );
  assert.deepEqual(sampleLines(await expose(familiesOf('gauge', 'a', ['x'], [[3, 'here']]), 'classic')), [
    'a{x="here"} 3',
  ]);
});

test('no two samples of a response have the same name and labels', async () => {
  const samples: readonly SampleOf[] = [
    [1, 'a', 'b'],
    [2, 'a', 'b'],
    [4, 'b', 'a'],
  ];
  assert.deepEqual(sampleLines(await classic(familiesOf('gauge', 'a', ['x', 'y'], samples))), [
    'a{x="a",y="b"} 3',
    'a{x="b",y="a"} 4',
  ]);
});

test('responses that are made at the same time do not mix', async () => {
  const expose = createExposition();
  const texts = await Promise.all(
    [1, 2, 3, 4].map(value =>
      expose(
        familiesOf('counter', 'a_total', ['x'], [[value, String(value)]]),
        value % 2 === 0 ? 'classic' : 'openmetrics',
      ),
    ),
  );
  for (const [i, text] of texts.entries()) {
    assert.deepEqual(sampleLines(text), [`a_total{x="${i + 1}"} ${i + 1}`]);
    assert.equal(text.includes('# TYPE a_total counter'), i % 2 === 1);
  }
});

/** The plain way: all metrics in one registry, and every label handed over anew. */
const byPromClient = (families: readonly MetricFamily[], format: Format): Promise<string> => {
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(contentTypes[format]);
  for (const { name, kind, help, labels: names, samples } of families) {
    const values = samples.map(({ value, labels }) => ({
      value,
      labels: Object.fromEntries(
        names.flatMap((label, i) => (labels[i] === '' ? [] : [[label, labels[i]] as const])),
      ),
    }));
    const exposed = format === 'openmetrics' ? name.replace(/_total$/, '') : name;
    const metric = { name: exposed, type: kind, help, values, get: () => Promise.resolve(metric) };
    registry.registerMetric(metric as unknown as Metric);
  }
  return registry.metrics();
};

/** So many series in one family, and a few in others around it. */
const manyFamilies = (series: number, value = 1): readonly MetricFamily[] => {
  const samples = Array.from({ length: series }, (_, i) => {
    const labels = [`"${i}"\\`, i % 3 === 0 ? '' : 'receive'];
    return { value: value * i, labels };
  });
  const many = { name: 'm_bytes_total', kind: 'counter', help: 'Many\nof \\ them.', isKept: false } as const;
  return [
    ...familiesOf('gauge', 'before', ['x'], [[value, 'y']]),
    { ...many, labels: ['device', 'direction'], samples },
    ...familiesOf('gauge', 'between', [], [[value]]),
    {
      ...many,
      name: 'n_bytes',
      kind: 'gauge',
      labels: ['device', 'direction'],
      samples: samples.slice(0, 40),
    },
    { name: 'nothing', kind: 'gauge', help: 'None.', labels: [], samples: [], isKept: false },
    ...familiesOf('counter', 'z_total', ['x'], [[value, 'y']]),
  ];
};

const formats = ['classic', 'openmetrics'] as const;

test('what is rendered in pieces is to the byte what prom-client makes of the whole', async () => {
  for (const format of formats) {
    const expose = createExposition();
    // Labels are met for the first time, and again; series go, and come.
    for (const series of [2500, 2500, 998, 999, 1000, 1001, 3, 2000]) {
      const families = manyFamilies(series);
      assert.equal(
        await expose(families, format),
        await byPromClient(families, format),
        `${series} ${format}`,
      );
    }
  }
  assert.equal(await classic([]), await byPromClient([], 'classic'));
});

test('long responses that are made at the same time do not mix', async () => {
  const expose = createExposition();
  const responses = [1, 2, 3, 4].map(value => ({
    families: manyFamilies(2000 + value, value),
    format: formats[value % 2] ?? 'classic',
  }));
  const texts = await Promise.all(responses.map(({ families, format }) => expose(families, format)));
  for (const [i, { families, format }] of responses.entries())
    assert.equal(texts[i], await byPromClient(families, format), String(i));
});

test('others have their turn while a long response is rendered', async () => {
  const families = manyFamilies(50_000);
  let turns = 0;
  let isRendered = false;
  const turn = (): void => {
    turns++;
    if (!isRendered) setImmediate(turn);
  };
  setImmediate(turn);
  await createExposition()(families, 'classic');
  isRendered = true;
  assert.ok(turns >= 50, `${turns} turns`);
});
