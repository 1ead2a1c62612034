// Protects: some 200,000 series of many network namespaces fit into the small heap that the program starts with, scrape after scrape.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './hosts.ts';

/** As many as a host of 300 namespaces had of which every collector was read. */
const SERIES_LEAST = 200_000;

/** Of a captured host, told once for each namespace; anew for each scrape, as what a reading thread sends. */
const script = `
  import { collectors } from '${new URL('../src/collectors/index.js', import.meta.url).href}';
  import { createExposition } from '${new URL('../src/faces/exposition.js', import.meta.url).href}';
  import { createMaterializer } from '${new URL('../src/snapshot/materialize.js', import.meta.url).href}';
  import { readHost } from '${new URL('./hosts.js', import.meta.url).href}';

  const SERIES = ${SERIES_LEAST};
  const snapshot = readHost('kernel-6.18', collectors.map(({ name }) => name));
  const materialize = createMaterializer(collectors, { device: () => true, statistic: (_, tier) => tier !== 'all', limits: {} });
  const expose = createExposition();
  const told = count =>
    new Map(
      [...snapshot].map(([name, outcome]) => [
        name,
        { ...outcome, namespaces: Array.from({ length: count }, (_, i) => ({ netns: 'namespace-' + i, container: '', outcome: structuredClone(outcome) })) },
      ]),
    );
  const seriesOf = async each => {
    const text = await expose({ materialize: () => materialize(each) }, 'classic');
    let series = 0;
    for (const line of text.toString().split('\\n')) if (line !== '' && !line.startsWith('#')) series++;
    return series;
  };
  const each = await seriesOf(told(1));
  let last;
  let least = Infinity;
  for (let scrape = 0; scrape < 3; scrape++) {
    const next = told(Math.ceil(SERIES / each));
    least = Math.min(least, await seriesOf(next));
    last = next;
  }
  process.stdout.write(String(last.size && least));
`;

test('series of some hundred namespaces fit into the heap', () => {
  const flags =
    /^#!.* node (.*)$/m.exec(readFileSync(join(root, 'src/main.ts'), 'utf8'))?.[1] ?? assert.fail();
  const series = execFileSync(process.execPath, [...flags.split(' '), '--input-type=module', '-e', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.ok(Number(series) >= SERIES_LEAST, series);
});
