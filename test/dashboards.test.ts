// Protects the dashboards: every panel asks for metrics that the exporter has, of the hosts that were chosen.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { root } from './hosts.ts';

const target = z.object({ refId: z.string(), expr: z.string(), legendFormat: z.string() });
const datasource = z.object({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });
const row = z.object({ type: z.literal('row'), id: z.number(), title: z.string() });
const graph = z.object({
  type: z.enum(['timeseries', 'stat']),
  id: z.number(),
  title: z.string().min(1),
  description: z.string().regex(/\.$/),
  datasource,
  fieldConfig: z.object({ defaults: z.object({ unit: z.string().min(1) }) }),
  targets: z.array(target).min(1),
});
const dashboard = z.object({
  uid: z.string(),
  editable: z.literal(false),
  templating: z.object({ list: z.array(z.object({ name: z.string() })) }),
  panels: z.array(z.union([row, graph])),
});

const folder = join(root, 'grafana');
const reference = readFileSync(join(root, 'docs', 'metrics.md'), 'utf8');
const exposed = new Set([...reference.matchAll(/^\| `([a-z0-9_]+)` \|/gm)].map(([, name]) => name));

for (const file of readdirSync(folder).filter(name => name.endsWith('.json'))) {
  describe(file, () => {
    const { panels, templating } = dashboard.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    const graphs = panels.filter(panel => panel.type !== 'row');
    const expressions = graphs.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));

    test('has variables for the data source, the job and the instance', () => {
      assert.deepEqual(
        templating.list.map(({ name }) => name),
        ['datasource', 'job', 'instance'],
      );
    });

    test('has panels with numbers of their own', () => {
      assert.ok(graphs.length > 0);
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    });

    for (const { title, expr } of expressions) {
      test(`${title}: ${expr}`, () => {
        const selectors = [...expr.matchAll(/(netstat_[a-z0-9_]+)\{([^}]*)\}(\[[^\]]*\])?/g)];
        const named = [...expr.matchAll(/netstat_[a-z0-9_]+/g)];
        assert.ok(named.length > 0);
        assert.equal(selectors.length, named.length, 'a metric without a selector');
        for (const [, metric = '', labels = '', range] of selectors) {
          assert.ok(exposed.has(metric), `${metric} is not in docs/metrics.md`);
          assert.match(labels, /job=~"\$job"/);
          assert.match(labels, /instance=~"\$instance"/);
          assert.equal(range, metric.endsWith('_total') ? '[$__rate_interval]' : undefined);
        }
      });
    }
  });
}
