// Protects: the queues of CPUs in every width that kernels printed, with nothing told that a kernel did not print.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { softnetStat } from '../../src/collectors/softnet-stat.ts';
import { everything, familyIn, lines, read, samplesOf } from './reading.ts';

/** Columns 1, 2, … with the values 1, 2, …; the CPU is told in the thirteenth. */
const row = (width: number, cpu = 12): string =>
  Array.from({ length: width }, (_, i) => (i === 12 ? cpu : i + 1).toString(16).padStart(8, '0')).join(' ');

const always = [
  'softnet_dropped_total{cpu="CPU"} 2',
  'softnet_processed_total{cpu="CPU"} 1',
  'softnet_times_squeezed_total{cpu="CPU"} 3',
];
const collisions = 'softnet_cpu_collisions_total{cpu="CPU"} 9';
const receivedRps = 'softnet_received_rps_total{cpu="CPU"} 10';
const flowLimit = 'softnet_flow_limit_total{cpu="CPU"} 11';
const backlog = 'softnet_backlog_length{cpu="CPU"} 12';
const queues = [
  'softnet_queue_length{cpu="CPU",queue="input"} 14',
  'softnet_queue_length{cpu="CPU",queue="process"} 15',
];

const widths: Readonly<Record<number, readonly string[]>> = {
  9: [...always, collisions],
  10: [...always, collisions, receivedRps],
  11: [...always, collisions, receivedRps, flowLimit],
  13: [...always, receivedRps, flowLimit, backlog],
  15: [...always, receivedRps, flowLimit, backlog, ...queues],
};

for (const [width, expected] of Object.entries(widths)) {
  const isTold = Number(width) >= 13;
  test(`${width} columns: what they hold, and the CPU ${isTold ? 'that they name' : 'by its line'}`, () => {
    const text = lines(row(Number(width), 5), row(Number(width), 7));
    const ofBoth = (isTold ? ['5', '7'] : ['0', '1']).flatMap(cpu =>
      expected.map(sample => sample.replace('CPU', cpu)),
    );
    assert.deepEqual(samplesOf(softnetStat, text), ofBoth.sort());
  });
}

test('columns that a later kernel adds are left alone', () => {
  assert.deepEqual(samplesOf(softnetStat, lines(`${row(15)} zzz`)), samplesOf(softnetStat, lines(row(15))));
});

test('the largest number is 2^32 - 1, and the next one is 0', () => {
  const text = (first: string): string => lines(row(15).replace('00000001', first));
  assert.ok(
    samplesOf(softnetStat, text('ffffffff')).includes('softnet_processed_total{cpu="12"} 4294967295'),
  );
  assert.ok(samplesOf(softnetStat, text('00000000')).includes('softnet_processed_total{cpu="12"} 0'));
});

test('a line too short is skipped, and does not shift the CPUs behind it', () => {
  const { report, samples } = read(softnetStat, lines(row(9), row(8), row(9)));
  assert.equal(report, 'ok, 1 skipped: net/softnet_stat:2: 8 columns, expected at least 9');
  assert.deepEqual(familyIn(samples, 'softnet_processed_total'), ['{cpu="0"} 1', '{cpu="2"} 1']);
});

test('beyond the limit of CPUs counters are left out and queues added up', () => {
  const text = lines(...[0, 1, 2, 3].map(cpu => row(15, cpu)));
  const { samples } = read(softnetStat, text, { ...everything, limits: { cpu: 2 } });
  assert.deepEqual(familyIn(samples, 'softnet_dropped_total'), ['{cpu="0"} 2', '{cpu="1"} 2']);
  assert.deepEqual(familyIn(samples, 'softnet_backlog_length'), [
    '{cpu="0"} 12',
    '{cpu="1"} 12',
    '{cpu="other"} 24',
  ]);
});
