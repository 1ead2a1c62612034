/**
 * What it costs to render many series, beside the plain way: prom-client with every label handed over anew. Started by bench.ts in a
 * process of its own, with the flags of the program; prints what it measured as JSON.
 */
import { Registry, type Metric, type RegistryContentType } from 'prom-client';
import { contentTypes, createExposition } from '../src/faces/exposition.ts';
import type { MetricFamily } from '../src/metrics/family.ts';
import { createFamilies } from '../src/snapshot/materialize.ts';
import type { Rendering } from './results.ts';

const SERIES = [10_000, 50_000];
const FAMILIES = 16;
const ROUNDS = 15;
const WARM_UP_ROUNDS = 5;
const FORMAT = 'openmetrics';

const LABELS = ['family', 'device', 'direction', 'kind'];

const familiesOf = (series: number): readonly MetricFamily[] =>
  createFamilies<undefined>(
    'netstat_',
    Array.from({ length: FAMILIES }, (_, family) => ({
      name: `bench_${family}`,
      kind: 'gauge',
      help: 'A family of many series, for measuring how long they take to be rendered.',
      labels: LABELS.map(name => ({ name, limit: series, surplus: 'left out' })),
      sample(_nothing, emit) {
        for (let i = 0; i < series / FAMILIES; i++)
          emit(i * 7919 + family, 'inet', `veth${i}`, i % 2 === 0 ? 'receive' : 'transmit', 'other');
      },
    })),
  )(undefined);

/** With the same labels and other values, as the program makes them in the next scrape. */
const later = (family: MetricFamily): MetricFamily => ({
  ...family,
  samples: family.samples.map(({ value, labels }) => ({ value: value + 3, labels })),
});

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

/**
 * Milliseconds of each round, other values in every one. Garbage that is collected meanwhile is included, so all rounds of one way
 * come before those of the other: in turns, each would be charged with what the other left behind.
 */
const timed = async (
  atFirst: readonly MetricFamily[],
  render: (families: readonly MetricFamily[]) => Promise<unknown>,
): Promise<number[]> => {
  const roundsMs: number[] = [];
  let families = atFirst;
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    families = families.map(later);
    const before = performance.now();
    await render(families);
    if (round >= WARM_UP_ROUNDS) roundsMs.push(performance.now() - before);
  }
  return roundsMs;
};

const measure = async (series: number): Promise<Rendering> => {
  const families = familiesOf(series);
  const expose = createExposition();
  const ours = async (all: readonly MetricFamily[]): Promise<string> =>
    (await expose({ materialize: () => ({ families: all }) }, FORMAT)).toString();
  if ((await ours(families)) !== (await plainly(families)))
    throw new Error('the two ways do not render the same');
  return { series, oursMs: await timed(families, ours), plainMs: await timed(families, plainly) };
};

const measured: Rendering[] = [];
for (const series of SERIES) measured.push(await measure(series));
process.stdout.write(JSON.stringify(measured));
