// Protects: alerts and recording rules ask for metrics and labels that there are, and every alert has its words, its page of rows and its runbook.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { collectors } from '../src/collectors/index.ts';
import { reference } from '../src/commands/reference.ts';
import { askOf, isView } from '../src/faces/tables/ask.ts';
import { root } from './hosts.ts';

const folder = join(root, 'deploy', 'prometheus');
const runbooks = join(root, 'docs', 'runbooks');
const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8');

const alertRule = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().regex(/^\d+m$/),
  labels: z.strictObject({ severity: z.enum(['warning', 'critical']), direction: z.string().optional() }),
  annotations: z.strictObject({
    summary: z.string(),
    description: z.string(),
    table_url: z.string().optional(),
    runbook_url: z.string(),
  }),
});
const recordingRule = z.strictObject({
  record: z.string(),
  expr: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
});
const ruleFile = z.strictObject({
  groups: z.array(
    z.strictObject({ name: z.string(), rules: z.array(z.union([alertRule, recordingRule])).min(1) }),
  ),
});

const testFile = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z
        .array(
          z.strictObject({
            eval_time: z.string(),
            alertname: z.string(),
            exp_alerts: z.array(
              z.strictObject({
                exp_labels: z.record(z.string(), z.string()),
                exp_annotations: alertRule.shape.annotations,
              }),
            ),
          }),
        )
        .default([]),
    }),
  ),
});

const files = readdirSync(folder).filter(name => name.endsWith('.rules.yml'));
const rules = files.flatMap(file =>
  ruleFile
    .parse(parse(readFileSync(join(folder, file), 'utf8')))
    .groups.flatMap(group => group.rules.map(rule => ({ file, ...rule }))),
);
const alerts = rules.filter(rule => 'alert' in rule);
const recorded = new Set(rules.flatMap(rule => ('record' in rule ? [rule.record] : [])));
const alertNames = [...new Set(alerts.map(({ alert }) => alert))];

/** What the tests for promtool tell of alerts at some moment of some scene. */
const scenes = readdirSync(join(folder, 'tests'))
  .flatMap(file => testFile.parse(parse(readFileSync(join(folder, 'tests', file), 'utf8'))).tests)
  .flatMap(scene => scene.alert_rule_test);

/** By metric and label the values that there can be; undefined where any can. A metric of several collectors has those of all. */
const documented = new Map<string, Map<string, Set<string> | undefined>>();
for (const [, name = '', labels = ''] of reference().matchAll(/^\| `([a-z0-9_]+)` \| \w+ \| (.*?) \| /gm)) {
  const known = documented.get(name) ?? new Map<string, Set<string> | undefined>();
  documented.set(name, known);
  for (const [, label = '', domain = ''] of labels.matchAll(/`([a-z0-9_]+)` \(([^)]*)\)/g)) {
    const isOpen = /^(up to|one for|each) /.test(domain);
    const values = [...(known.get(label) ?? []), ...domain.split(', ')];
    known.set(label, isOpen ? undefined : new Set(values));
  }
}
documented.set('up', new Map());

/** What Prometheus adds to every series. */
const ofTarget = ['job', 'instance'];
/** What is left of the labels of a metric in its sums is told by the name of the sum: `instance_state:…`. */
const levelsOf = (record: string): readonly string[] => (record.split(':')[0] ?? '').split('_');

interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

const metricName = String.raw`(?<![\w:])(?:[a-z_]+:)?netstat_[a-z0-9_]+(?::[a-z0-9_]+)?|\bup(?=\{)`;

const selectorsOf = (expression: string): readonly Selector[] =>
  [...expression.matchAll(new RegExp(`(${metricName})(?:\\{([^}]*)\\})?`, 'g'))].map(
    ([, metric = '', matchers = '']) => ({
      metric,
      matchers: [...matchers.matchAll(/(\w+)(=~|!=|!~|=)(?:"([^"]*)"|'([^']*)'|%q)/g)].map(
        ([, label = '', operator = '', double, single]) => ({
          label,
          operator,
          value: double ?? single ?? '',
        }),
      ),
    }),
  );

/** Labels that are named beside selectors: in aggregations and in matching. */
const groupedLabels = (expression: string): readonly string[] =>
  [...expression.matchAll(/\b(?:by|without|on|ignoring|group_left|group_right) \(([^)]*)\)/g)].flatMap(
    ([, labels = '']) => labels.split(', '),
  );

const labelsOf = (metric: string): readonly string[] => [
  ...ofTarget,
  ...(recorded.has(metric) ? levelsOf(metric) : [...(documented.get(metric)?.keys() ?? [])]),
];

const assertKnown = (expression: string): void => {
  const selectors = selectorsOf(expression);
  assert.ok(selectors.length > 0, 'no metric was found');
  for (const { metric, matchers } of selectors) {
    assert.ok(documented.has(metric) || recorded.has(metric), `${metric} is not in docs/metrics.md`);
    for (const { label, operator, value } of matchers) {
      assert.ok(labelsOf(metric).includes(label), `${metric} has no label ${label}`);
      const values = documented.get(metric)?.get(label);
      const wanted = operator.includes('~') ? value.split('|') : [value];
      for (const each of wanted) {
        assert.ok(values === undefined || each === '' || values.has(each), `${metric}: no ${label} ${each}`);
      }
    }
  }
  const labels = selectors.flatMap(({ metric }) => labelsOf(metric));
  for (const label of groupedLabels(expression)) {
    assert.ok(labels.includes(label), `no metric here has a label ${label}`);
  }
};

describe('every rule asks for what there is', () => {
  for (const rule of rules) {
    const name = 'alert' in rule ? rule.alert : rule.record;
    test(`${rule.file}: ${name}: ${rule.expr.replaceAll(/\s+/g, ' ')}`, () => {
      assertKnown(rule.expr);
    });
  }

  test('and what this test would not know is found', () => {
    for (const wrong of [
      'netstat_socket{family="inet"}',
      'netstat_sockets{protcol="tcp"}',
      'netstat_sockets{state="CLOSEWAIT"}',
      'netstat_sockets{state=~"CLOSE_WAIT|closed"}',
      'sum without (familie) (netstat_sockets)',
      'instance:netstat_nothing:sum',
    ]) {
      assert.throws(() => {
        assertKnown(wrong);
      }, wrong);
    }
  });
});

describe('every alert', () => {
  const domains = { collectors, netns: '' };
  /** What a link may lead to: `/` or a table, asked for what it can be asked for. */
  const assertLeads = (path: string): void => {
    const { pathname, searchParams } = new URL(path, 'http://host');
    if (pathname === '/') return;
    const view = pathname.replace('/tables/', '');
    assert.ok(isView(view), path);
    const ask = askOf(view, Object.fromEntries(searchParams), domains);
    assert.ok(typeof ask !== 'string', typeof ask === 'string' ? ask : path);
  };
  for (const { alert, expr, labels, annotations } of alerts) {
    describe(`${alert} (${labels.severity})`, () => {
      test('names labels that its metrics have', () => {
        // Labels that a rule adds are not among those of its annotations.
        const known = selectorsOf(expr).flatMap(({ metric }) => labelsOf(metric));
        const text = Object.values(annotations).join('\n');
        for (const [, label = ''] of text.matchAll(/\$labels\.(\w+)/g)) {
          assert.ok(known.includes(label), `no metric has a label ${label}`);
        }
        for (const [, query = ''] of text.matchAll(/printf "((?:[^"\\]|\\.)*)"/g)) {
          if (query.includes('netstat_')) assertKnown(query);
        }
      });

      test('leads to its runbook', () => {
        assert.equal(annotations.runbook_url, `{{ $externalURL }}/user/runbooks/${alert}.md`);
      });
    });
  }

  test('says, where it fires, what and how much, and leads to rows that can be asked for', () => {
    for (const { alertname, exp_alerts } of scenes) {
      for (const { exp_labels, exp_annotations } of exp_alerts) {
        const { instance = '', program } = exp_labels;
        const { summary, description, table_url = '' } = exp_annotations;
        assert.match(description, /^[^\n]*\.$/);
        assert.doesNotMatch(summary + description, /  |<no value>|\bNaN\b|error|&#/);
        if (alertname === 'NetstatExporterAbsent') continue;
        assert.ok(summary.includes(instance), summary);
        assert.match(description, /\d/);
        if (program !== undefined) assert.ok(description.includes(program), description);
        assert.ok(table_url.startsWith(`http://${instance}/`), table_url);
        assertLeads(table_url);
        const asked = new URL(table_url).searchParams.get('program');
        if (asked !== null && asked !== '-') assert.equal(asked, program);
      }
    }
  });

  test('has a runbook, and every runbook an alert', () => {
    assert.deepEqual(readdirSync(runbooks).sort(), alertNames.map(name => `${name}.md`).sort());
  });

  for (const name of alertNames) {
    test(`${name}: its runbook says what it means, how to confirm it, what to do and when it is nothing`, () => {
      const text = read('docs', 'runbooks', `${name}.md`);
      assert.match(
        text,
        new RegExp(
          `^# ${name}\\n\\n\\S[^]*\\n## How to confirm\\n\\n[^]*\\n## What to do\\n\\n- [^]*\\n## When it is a false alarm\\n\\n- `,
        ),
      );
      const links = [...text.matchAll(/http:\/\/HOST:10055(\/(?:tables\/\S*)?)$/gm)];
      assert.ok(links.length > 0 || name === 'NetstatExporterAbsent');
      for (const [, path = ''] of links) assertLeads(path);
      for (const [, page = ''] of text.matchAll(/\]\((?:\.\.\/)?([\w.-]+)\)/g)) {
        assert.ok(alertNames.includes(page.replace('.md', '')) || page === 'alerts.md', page);
      }
      for (const [metric] of text.matchAll(/netstat_[a-z0-9_]+/g)) {
        assert.ok(documented.has(metric), `${metric} is not in docs/metrics.md`);
      }
    });
  }

  test('fires in a scene of its tests and is silent in another', () => {
    for (const name of alertNames) {
      const told = scenes.filter(({ alertname }) => alertname === name);
      assert.ok(
        told.some(each => each.exp_alerts.length > 0),
        `${name} never fires`,
      );
      assert.ok(
        told.some(each => each.exp_alerts.length === 0),
        `${name} is never silent`,
      );
    }
    assert.deepEqual([...new Set(scenes.map(({ alertname }) => alertname))].sort(), alertNames.toSorted());
  });
});

test('the table in docs/alerts.md is that of the rules', () => {
  const text = read('docs', 'alerts.md');
  const marks = /(<!-- alerts: .* -->\n)[^]*(<!-- end of alerts -->)/;
  const cells = alertNames.map(name => {
    const all = alerts.filter(({ alert }) => alert === name);
    const [meaning = ''] = read('docs', 'runbooks', `${name}.md`).split('\n\n').slice(1);
    return [
      `[${name}](runbooks/${name}.md)`,
      [...new Set(all.map(({ labels, for: held }) => `${labels.severity} after ${held}`))].join(', '),
      /^[^]*?[.:](?=\s|$)/.exec(meaning.replaceAll('\n', ' '))?.[0].replace(/:$/, '.') ?? '',
    ];
  });
  const rows = [['alert', 'severity', 'means'], ...cells];
  const widths = [0, 1, 2].map(i => Math.max(...rows.map(row => (row[i] ?? '').length)));
  const [head = '', ...body] = rows.map(
    row => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`,
  );
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`;
  const expected = text.replace(
    marks,
    (_, begin: string, end: string) => `${begin}\n${[head, rule, ...body].join('\n')}\n\n${end}`,
  );
  assert.match(text, marks);
  if (process.env['UPDATE'] === '1') writeFileSync(join(root, 'docs', 'alerts.md'), expected);
  assert.equal(read('docs', 'alerts.md'), expected);
});

test('what the README quotes an alert does say', () => {
  const [, quote = ''] = /A leak is told like this:\n\n((?:> .*\n)+)/.exec(read('README.md')) ?? [];
  const said = quote.replaceAll(/^> /gm, '').trim().replaceAll('\n', ' ');
  const descriptions = scenes.flatMap(({ exp_alerts }) =>
    exp_alerts.map(({ exp_annotations }) => exp_annotations.description),
  );
  assert.ok(descriptions.includes(said), said);
});

test('queries in the documentation ask for what there is', () => {
  const queries = ['fleet.md', 'programs.md'].flatMap(file =>
    [...read('docs', file).matchAll(/`([^`\n]*(?:netstat_\w+|:netstat)[^`\n]*)`/g)].map(
      ([, query = '']) => query,
    ),
  );
  assert.ok(queries.length > 15);
  for (const query of queries) assertKnown(query);
});

test('the whole configuration scrapes as the example of a job does', () => {
  const job = z.object({ scrape_configs: z.array(z.unknown()) });
  const [whole, example] = ['prometheus.yaml', 'scrape.yaml'].map(
    file => job.parse(parse(readFileSync(join(folder, file), 'utf8'))).scrape_configs,
  );
  assert.deepEqual(whole, example);
});
