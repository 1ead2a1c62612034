// Protects: the JSON of the dashboards is what the source says, it keeps to the rules of Grafana's linter, and it asks for what there is.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { parse } from 'yaml';
import * as z from 'zod';
import { dashboardFiles } from '../grafana/src/dashboards.ts';
import { root } from './hosts.ts';

const folder = join(root, 'grafana');
const files = readdirSync(folder).filter(name => name.endsWith('.json'));

const datasource = z.object({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });
const thresholds = z.object({
  mode: z.literal('absolute'),
  steps: z.array(z.object({ value: z.number().nullable(), color: z.string() })).min(1),
});
const target = z.object({
  refId: z.string(),
  expr: z.string().min(1),
  datasource,
  legendFormat: z.string().optional(),
  format: z.string().optional(),
  instant: z.boolean().optional(),
  range: z.boolean().optional(),
});
const place = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
const row = z.object({ type: z.literal('row'), id: z.number(), title: z.string().min(1), gridPos: place });
const shown = z.object({
  type: z.enum(['timeseries', 'stat', 'table']),
  id: z.number(),
  title: z.string().min(1),
  description: z.string().regex(/\.$/),
  datasource,
  gridPos: place,
  fieldConfig: z.object({
    defaults: z.object({ unit: z.string(), noValue: z.string(), thresholds: thresholds.optional() }),
    overrides: z.array(
      z.object({
        matcher: z.object({ id: z.literal('byName'), options: z.string() }),
        properties: z.array(z.object({ id: z.string(), value: z.unknown() })),
      }),
    ),
  }),
  transformations: z
    .array(z.object({ id: z.string(), options: z.record(z.string(), z.unknown()) }))
    .optional(),
  targets: z.array(target).min(1),
});
const variable = z.object({
  type: z.enum(['datasource', 'query', 'custom']),
  name: z.string(),
  label: z.string().min(1),
  query: z.string(),
  datasource: datasource.optional(),
  multi: z.boolean(),
  includeAll: z.boolean(),
  allValue: z.string().optional(),
  refresh: z.number().optional(),
});
const dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  description: z.string().regex(/\.$/),
  tags: z.array(z.string()),
  editable: z.literal(false),
  schemaVersion: z.literal(42),
  templating: z.object({ list: z.array(variable) }),
  panels: z.array(z.discriminatedUnion('type', [row, shown])),
});
type Shown = z.infer<typeof shown>;

interface Metric {
  readonly isCounter: boolean;
  readonly labels: ReadonlySet<string>;
}

/** By name, from the tables of docs/metrics.md: the metrics of a collector have the labels of a namespace where several are read. */
const exposed: ReadonlyMap<string, Metric> = (() => {
  const metrics = new Map<string, { isCounter: boolean; labels: Set<string> }>();
  const [, ...sections] = readFileSync(join(root, 'docs', 'metrics.md'), 'utf8').split(/^## /m);
  for (const section of sections) {
    const ofNamespace = section.startsWith('The exporter itself') ? [] : ['netns', 'container'];
    for (const [, name = '', kind, labels = ''] of section.matchAll(
      /^\| `([a-z0-9_]+)` \| (\w+) \| ([^|]*) \|/gm,
    )) {
      const metric = metrics.get(name) ?? { isCounter: kind === 'counter', labels: new Set() };
      metrics.set(name, metric);
      for (const label of ofNamespace) metric.labels.add(label);
      for (const [, label = ''] of labels.matchAll(/`(\w+)` \(/g)) metric.labels.add(label);
    }
  }
  return metrics;
})();

/** What Prometheus itself records of every target. */
const ofPrometheus = ['up', 'scrape_duration_seconds', 'scrape_samples_scraped'];

/** What the recording rules make, whose names begin with the labels that are left. */
const recorded: ReadonlyMap<string, Metric> = (() => {
  const rules = z
    .object({
      groups: z.array(z.object({ rules: z.array(z.object({ record: z.string() })) })),
    })
    .parse(parse(readFileSync(join(root, 'deploy', 'prometheus', 'fleet.rules.yml'), 'utf8')));
  return new Map(
    rules.groups
      .flatMap(group => group.rules)
      .map(({ record }) => {
        const labels = (record.split(':')[0] ?? '').split('_');
        return [record, { isCounter: false, labels: new Set(labels) }] as const;
      }),
  );
})();

const metricOf = (name: string): Metric => {
  const metric =
    exposed.get(name) ??
    recorded.get(name) ??
    (ofPrometheus.includes(name) ? { isCounter: false, labels: new Set<string>() } : undefined);
  assert.ok(metric !== undefined, `${name} is neither in docs/metrics.md nor recorded`);
  return metric;
};

const matchers = (labels: string): readonly (readonly [label: string, operator: string, value: string])[] =>
  [...labels.matchAll(/(\w+)(=~|!=|!~|=)"((?:[^"\\]|\\.)*)"/g)].map(
    ([, label = '', operator = '', value = '']) => [label, operator, value],
  );

const selectorsIn = (expr: string) =>
  [...expr.matchAll(/([a-z_][a-z0-9_:]*)\{([^}]*)\}(\[[^\]]*\])?/g)].map(
    ([text, name = '', labels = '', range], _, all) => ({ text, name, labels: matchers(labels), range, all }),
  );

/** Every word of an expression that may be a metric: all but functions, keywords, labels, texts and variables. */
const namesIn = (expr: string): readonly string[] =>
  [
    ...expr
      .replace(/"(?:[^"\\]|\\.)*"/g, '""')
      .replace(/\{[^}]*\}/g, '{}')
      .replace(/\[[^\]]*\]/g, '')
      .replace(/\b(by|without|on|ignoring|group_left|group_right) \([^)]*\)/g, '')
      .matchAll(/(?<![\w$.])[a-zA-Z_][\w:]*(?!\w|\s*\()/g),
  ]
    .map(([name]) => name)
    .filter(name => !['and', 'or', 'unless', 'bool', 'offset', 'by', 'on'].includes(name));

/** Labels that a record lacks, which is what it is for. */
const matcherExceptions: readonly (readonly [matcher: string, prefix: RegExp, reason: string])[] = [
  ['instance', /^job(_\w+)?:/, 'a sum over all hosts of a job has no instance'],
  [
    'netns',
    /^netstat_interface_(info|up|running|mtu_|speed_|carrier_)/,
    'sysfs tells of the first namespace',
  ],
  ['netns', /^netstat_interface_\w+_bytes_total$/, 'held against the speed, which sysfs tells'],
  ['netns', /^netstat_softnet_/, 'a CPU works for all namespaces'],
  ['netns', /^netstat_neighbour_/, 'one table for all namespaces, told in the first'],
  ['netns', /^netstat_conntrack_table_limit$/, 'one limit for all namespaces, told in the first'],
  ['netns', /^netstat_exporter_remembered_bytes$/, 'of the exporter, whatever it remembers'],
];

const grafanaUnits = new Set<unknown>(Object.values(units));

test('the JSON is what the source says', () => {
  for (const [name, text] of dashboardFiles) {
    assert.equal(readFileSync(join(folder, name), 'utf8'), text, `${name}: run npm run dashboards`);
  }
  assert.deepEqual(files.sort(), [...dashboardFiles.keys()].sort());
});

test('docs/metrics.md and the recording rules are understood', () => {
  assert.ok(exposed.size > 500);
  assert.deepEqual([...(exposed.get('netstat_program_close_wait_sockets')?.labels ?? [])].sort(), [
    'container',
    'eof',
    'netns',
    'program',
  ]);
  assert.ok(recorded.size > 20);
});

const boards = files.map(file => ({
  file,
  board: dashboard.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))),
}));

test('every dashboard has a name of its own, and leads to the others', () => {
  assert.equal(new Set(boards.map(({ board }) => board.uid)).size, boards.length);
  assert.equal(new Set(boards.map(({ board }) => board.title)).size, boards.length);
  for (const { file, board } of boards) {
    assert.equal(file, `${board.uid}.json`);
    assert.match(board.uid, /^netstat-[a-z-]{1,32}$/);
    assert.match(board.title, /^Netstat \/ /);
    assert.deepEqual(board.tags, ['netstat-exporter']);
  }
});

for (const { file, board } of boards) {
  describe(file, () => {
    const { panels, templating } = board;
    const shownPanels = panels.filter((panel): panel is Shown => panel.type !== 'row');
    const variables = new Map(templating.list.map(each => [each.name, each]));
    const queries = shownPanels.flatMap(panel => panel.targets.map(each => ({ ...each, panel })));

    test('has variables for the data source, the job and the instance, as the linter wants them', () => {
      const [first, ...others] = templating.list;
      assert.deepEqual(
        [first?.type, first?.name, first?.label, first?.query],
        ['datasource', 'datasource', 'Data source', 'prometheus'],
      );
      assert.deepEqual(
        others.slice(0, 2).map(({ name, label, allValue }) => [name, label, allValue]),
        [
          ['job', 'Job', '.+'],
          ['instance', 'Instance', '.+'],
        ],
      );
    });

    test('asks for the values of variables by a selector of what there is, again when the time changes', () => {
      const before: string[] = [];
      for (const { type, name, query, datasource: asked, multi, includeAll, refresh } of templating.list) {
        if (type === 'query') {
          const [, selected = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
          const [selector] = selectorsIn(selected.includes('{') ? selected : `${selected}{}`);
          assert.ok(selector !== undefined && asked !== undefined, name);
          const { labels } = metricOf(selector.name);
          assert.ok(
            label === 'job' || label === 'instance' || labels.has(label),
            `${selector.name}: ${label}`,
          );
          assert.deepEqual([multi, includeAll, refresh], [true, true, 2], name);
          // Each is chosen among what those before it leave.
          assert.deepEqual(
            selector.labels,
            before.map(each => [each, '=~', `$${each}`]),
          );
          before.push(name);
        }
      }
    });

    test('uses the variables that it has, and no others', () => {
      const text = JSON.stringify(panels) + templating.list.map(({ query }) => query).join();
      const builtIn = /^(__rate_interval|__data|__url_time_range)$/;
      const used = new Set(
        [...text.matchAll(/\$\{?([a-z_]\w*)/g)]
          .map(([, name = '']) => name)
          .filter(name => !builtIn.test(name)),
      );
      assert.deepEqual([...used].sort(), [...variables.keys()].sort());
    });

    test('has panels with numbers of their own that lie side by side and fill every line', () => {
      assert.deepEqual(
        panels.map(({ id }) => id),
        panels.map((_, index) => index + 1),
      );
      const cells = new Map<string, number>();
      for (const { id, gridPos } of panels) {
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            assert.ok(!cells.has(`${x},${y}`), `panel ${id} covers panel ${cells.get(`${x},${y}`) ?? ''}`);
            cells.set(`${x},${y}`, id);
          }
        }
      }
      const height = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
      assert.equal(cells.size, 24 * height);
    });

    test('has panels with a title of their own, a unit, and a word for what the host does not have', () => {
      assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
      for (const { title, fieldConfig } of shownPanels) {
        const given = [
          fieldConfig.defaults.unit,
          ...fieldConfig.overrides.flatMap(({ properties }) =>
            properties.filter(({ id }) => id === 'unit').map(({ value }) => String(value)),
          ),
        ];
        for (const unit of given) assert.ok(grafanaUnits.has(unit), `${title}: ${unit}`);
        assert.match(fieldConfig.defaults.noValue, /^[A-Z].*\.$/, title);
        assert.doesNotMatch(fieldConfig.defaults.noValue, /^No data/, title);
      }
    });

    test('has thresholds that climb', () => {
      for (const { title, fieldConfig } of shownPanels) {
        const given = [
          fieldConfig.defaults.thresholds,
          ...fieldConfig.overrides.flatMap(({ properties }) =>
            properties.filter(({ id }) => id === 'thresholds').map(({ value }) => thresholds.parse(value)),
          ),
        ];
        for (const { steps } of given.filter(each => each !== undefined)) {
          assert.equal(steps[0]?.value, null, title);
          const values = steps.slice(1).map(({ value }) => value ?? NaN);
          assert.ok(
            values.every((value, index) => index === 0 || value >= (values[index - 1] ?? NaN)),
            `${title}: ${values.join()}`,
          );
        }
      }
    });

    test('has queries with letters of their own, tables for one moment and graphs over time', () => {
      for (const { title, type, targets } of shownPanels) {
        assert.deepEqual(
          targets.map(({ refId }) => refId),
          targets.map((_, index) => String.fromCharCode('A'.charCodeAt(0) + index)),
          title,
        );
        for (const { format, instant, range, legendFormat } of targets) {
          const isTable = type === 'table';
          assert.equal(format, isTable ? 'table' : undefined, title);
          assert.equal(instant ?? false, isTable, title);
          assert.equal(range ?? false, !isTable, title);
          assert.equal(legendFormat === undefined, isTable, title);
        }
      }
    });

    for (const { panel, expr, legendFormat = '' } of queries) {
      test(`${panel.title}: ${expr}`, () => {
        const selectors = selectorsIn(expr);
        assert.deepEqual(
          selectors.map(({ name }) => name),
          [...expr.matchAll(/([a-z_][a-z0-9_:]*)\{/g)].map(([, name]) => name),
        );
        assert.deepEqual(
          namesIn(expr),
          selectors.map(({ name }) => name),
          'a metric without a selector',
        );
        assert.ok(selectors.length > 0);

        const known = new Set(['job', 'instance']);
        for (const [, label = ''] of expr.matchAll(/label_replace\(.*?, "(\w+)", "/g)) known.add(label);
        for (const [, label = ''] of expr.matchAll(/\), "(\w+)", "[^"]*", "\w*", /g)) known.add(label);
        for (const { text, name, labels } of selectors) {
          const metric = metricOf(name);
          for (const label of metric.labels) known.add(label);
          const wanted = [
            'job',
            'instance',
            ...(exposed.get(name)?.labels.has('container') === true ? ['netns'] : []),
          ];
          for (const label of wanted) {
            const isExempt = matcherExceptions.some(([of, prefix]) => of === label && prefix.test(name));
            const has = labels.some(
              ([of, operator, value]) => of === label && operator === '=~' && value === `$${label}`,
            );
            assert.ok(has || isExempt, `${text}: ${label}`);
          }
          for (const [label] of labels) {
            assert.ok(
              label === 'job' || label === 'instance' || metric.labels.has(label),
              `${name}: no label ${label}`,
            );
          }
        }

        for (const [, labels = ''] of expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)) {
          for (const label of labels.split(', '))
            assert.ok(known.has(label) || label === 'netns', `by ${label}`);
        }
        for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
          assert.ok(known.has(label) || label === 'netns', `legend ${label}`);
        }
      });

      test(`${panel.title}: counters as rates, gauges as they are: ${expr}`, () => {
        for (const { name, range } of selectorsIn(expr)) {
          assert.equal(name.endsWith('_total'), metricOf(name).isCounter, name);
          if (name.endsWith('_total')) assert.ok(range !== undefined, `${name} without a rate`);
        }
        for (const [, called = '', name = '', range = ''] of expr.matchAll(
          /(\w+)\(([a-z_][a-z0-9_:]*)\{[^}]*\}\[([^\]]*)\]/g,
        )) {
          const isOfCounters = ['rate', 'irate', 'increase'].includes(called);
          assert.equal(isOfCounters, metricOf(name).isCounter, `${called} of ${name}`);
          if (called === 'rate' || called === 'irate') assert.equal(range, '$__rate_interval');
        }
      });
    }

    for (const panel of shownPanels.filter(({ type }) => type === 'table')) {
      test(`${panel.title}: has every column that it names, and no link without its field`, () => {
        const ofQueries = new Set([
          ...panel.targets.map(({ refId }) => (panel.targets.length === 1 ? 'Value' : `Value #${refId}`)),
          ...panel.targets.flatMap(({ expr }) => [
            ...[...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', ')),
            ...[...expr.matchAll(/"(\w+)", "[^"]*", "\w*", "[^"]*"\)/g)].map(([, label = '']) => label),
            // A record has the labels that its name begins with.
            ...selectorsIn(expr).flatMap(({ name }) => [...(recorded.get(name)?.labels ?? []), '__name__']),
          ]),
        ]);
        const organize = panel.transformations?.find(({ id }) => id === 'organize')?.options;
        const renamed = z.record(z.string(), z.string()).parse(organize?.['renameByName']);
        for (const field of Object.keys(renamed)) assert.ok(ofQueries.has(field), `no field ${field}`);

        for (const { matcher, properties } of panel.fieldConfig.overrides) {
          const name = matcher.options;
          assert.ok(Object.values(renamed).includes(name) || ofQueries.has(name), `no column ${name}`);
          for (const { id, value } of properties) {
            if (id !== 'links') continue;
            for (const { url } of z
              .array(z.object({ title: z.string().min(1), url: z.string() }))
              .parse(value)) {
              for (const [, field = ''] of url.matchAll(/\$\{__data\.fields\.(\w+)/g)) {
                assert.ok(ofQueries.has(field), `${url}: no field ${field}`);
              }
              // What is put into an address is escaped, but for what is an address, a name or a scheme itself.
              for (const [, what = ''] of url.matchAll(/\$\{([^}]*)\}/g)) {
                const isPlain =
                  /^(scheme|__url_time_range|\w+:queryparam|__data\.fields\.(instance|chosen_by|within_by):raw)$/;
                assert.ok(what.endsWith(':percentencode') || isPlain.test(what), what);
              }
              const [, uid] = /^\/d\/([\w-]+)\?/.exec(url) ?? [];
              assert.ok(uid === undefined || boards.some(each => each.board.uid === uid), url);
            }
          }
        }
      });
    }
  });
}
