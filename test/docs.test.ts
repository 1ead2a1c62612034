// Protects: docs/metrics.md is what the code exposes, no more and no less.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { reference } from '../src/commands/reference.ts';
import { startReader } from '../src/snapshot/reader.ts';
import { createScraper } from '../src/snapshot/scraper.ts';
import { collectors } from '../src/collectors/index.ts';
import { hostFolder, hostNames, machineOf, readingSettings, root } from './hosts.ts';

const manual = join(root, 'docs', 'metrics.md');

test('docs/metrics.md is what `netstat-exporter reference` prints', () => {
  if (process.env['UPDATE'] === '1') writeFileSync(manual, reference());
  assert.equal(readFileSync(manual, 'utf8'), reference());
});

/** `| \`netstat_sockets\` | gauge | \`family\` (inet); … | tier | 11 | help |` */
const rows = new Map(
  [
    ...reference().matchAll(/^\| `([a-z0-9_]+)` \| (counter|gauge) \| (.*?) \| (.*?) \| (\d+) \| (.+) \|$/gm),
  ].map(
    ([, name = '', kind = '', labels = '', tier = '', worstCase = '', help = '']) =>
      [
        name,
        {
          kind,
          labels: [...labels.matchAll(/`([a-z_]+)` \(/g)].map(([, label]) => label),
          tier,
          worstCase: Number(worstCase),
          help: help.replaceAll('\\|', '|'),
        },
      ] as const,
  ),
);

describe('every metric that a host exposes is documented with its kind, its labels and its help', () => {
  for (const host of hostNames) {
    test(host, async t => {
      const places = { procfs: join(hostFolder(host), 'proc'), sysfs: join(hostFolder(host), 'sys') };
      const scraper = createScraper(
        startReader({ places, machine: machineOf(host), ...readingSettings }),
        { device: () => true, statistic: () => true, limits: {} },
        { version: '1', netns: '', isInit: 'unknown' },
        true,
      );
      t.after(() => scraper.close());
      const { materialize } = await scraper.scrape(
        collectors.map(({ name }) => name),
        10,
      );
      for (const { name, kind, labels, help } of [...materialize().families].filter(
        each => each !== undefined,
      )) {
        const row = rows.get(name);
        assert.ok(row, `${name} is not documented`);
        assert.deepEqual(
          { kind: row.kind, labels: row.labels, help: row.help },
          { kind, labels, help },
          name,
        );
      }
    });
  }
});

describe('what is documented', () => {
  const exposed = new Set<string>();
  for (const host of hostNames) {
    const text = readFileSync(join(hostFolder(host), 'metrics.prom'), 'utf8');
    for (const [, name = ''] of text.matchAll(/^# TYPE (\S+) /gm)) exposed.add(name);
  }

  test('has at least one line for every metric of the captured hosts', () => {
    assert.deepEqual(
      [...exposed].filter(name => !rows.has(name)),
      [],
    );
  });

  test('names every file that is read', () => {
    for (const { name, file } of collectors) {
      assert.match(reference(), new RegExp(`^## ${name}\\n\\n.*\`/(proc|sys)/${file}[/\`]`, 'm'));
    }
  });
});

test('the excerpt in the README is what that captured host gives', () => {
  const golden = readFileSync(join(hostFolder('closewait-a'), 'metrics.prom'), 'utf8').split('\n');
  const excerpt = readFileSync(join(root, 'README.md'), 'utf8').match(/^netstat_\S+ \d+$/gm) ?? [];
  assert.ok(excerpt.length > 0);
  assert.deepEqual(
    excerpt.filter(line => !golden.includes(line)),
    [],
  );
});
