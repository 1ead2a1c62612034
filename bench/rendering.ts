/**
 * What it costs to render many series, beside the plain way: prom-client with every label handed over anew. Started by bench.ts in a
 * process of its own, with the flags of the program; prints what it measured as JSON.
 */
import { Registry, type Metric, type RegistryContentType } from 'prom-client';
import { contentTypes, createExposition } from '../src/faces/exposition.ts';
import type { MetricFamily } from '../src/metrics/family.ts';
import type { Rendering } from './results.ts';

const SERIES = [10_000, 50_000];
const FAMILIES = 16;
const ROUNDS = 15;
const WARM_UP_ROUNDS = 5;
const FORMAT = 'openmetrics';

const LABELS = ['family', 'device', 'direction', 'kind'];

const families = (series: number): readonly MetricFamily[] =>
  Array.from({ length: FAMILIES }, (_, family) => ({
    name: `netstat_bench_${family}`,
    kind: 'gauge',
    help: 'A family of many series, for measuring how long they take to be rendered.',
    labels: LABELS,
    samples: Array.from({ length: series / FAMILIES }, (_, i) => {
      const labels = ['inet', `veth${i}`, i % 2 === 0 ? 'receive' : 'transmit', 'other'];
      return { value: i * 7919 + family, labels, key: labels.join('\uffff') };
    }),
  }));

const plainly = (all: readonly MetricFamily[]): Promise<string> => {
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(contentTypes[FORMAT]);
  for (const { name, kind, help, labels: names, samples } of all) {
    const values = samples.map(({ value, labels }) => ({
      value,
      labels: Object.fromEntries(names.map((label, i) => [label, labels[i]])),
    }));
    const metric = { name, type: kind, help, values, get: () => Promise.resolve(metric) };
    registry.registerMetric(metric as unknown as Metric);
  }
  return registry.metrics();
};

/** Garbage that is collected meanwhile included, also by other threads. */
const timed = async (render: () => Promise<string>): Promise<readonly [ms: number, text: string]> => {
  const before = performance.now();
  const text = await render();
  return [performance.now() - before, text];
};

/** In turns, of the same values, which are others in every round. */
const measure = async (series: number): Promise<Rendering> => {
  const all = families(series);
  const expose = createExposition();
  const oursMs: number[] = [];
  const plainMs: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    for (const { samples } of all) for (const sample of samples) sample.value += 3;
    const [ours, text] = await timed(async () =>
      (await expose({ materialize: () => ({ families: all }) }, FORMAT)).toString(),
    );
    const [plain, expected] = await timed(() => plainly(all));
    if (text !== expected) throw new Error('the two ways do not render the same');
    if (round < WARM_UP_ROUNDS) continue;
    oursMs.push(ours);
    plainMs.push(plain);
  }
  return { series, oursMs, plainMs };
};

const measured: Rendering[] = [];
for (const series of SERIES) measured.push(await measure(series));
process.stdout.write(JSON.stringify(measured));
