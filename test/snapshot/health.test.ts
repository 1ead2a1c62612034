// Protects: a reading that went wrong can be told from a quiet host, whatever went wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthFamilies } from '../../src/snapshot/health.ts';
import { createFamilies, type Materialized } from '../../src/snapshot/materialize.ts';
import { failureReasons, type Outcome } from '../../src/snapshot/outcome.ts';

const nothing: Materialized = { families: [], series: new Map(), folded: new Map() };

const linesOf = (
  outcomes: Readonly<Record<string, Outcome>>,
  materialized: Materialized = nothing,
): readonly string[] =>
  createFamilies(
    '',
    healthFamilies,
  )({ snapshot: new Map(Object.entries(outcomes)), materialized }).flatMap(({ name, samples }) =>
    samples.map(({ value, labels }) => `${name.replace('scrape_', '')}{${labels.join()}} ${value}`),
  );

const failed = (reason: (typeof failureReasons)[number]): Outcome => ({
  status: 'failed',
  reason,
  message: 'secret',
  seconds: 0.25,
});

test('a collector that did its work: success, present, its time and the lines it skipped', () => {
  const outcome: Outcome = { status: 'ok', data: {}, skipped: { count: 3, examples: [] }, seconds: 0.5 };
  assert.deepEqual(linesOf({ tcp: outcome }), [
    'collector_duration_seconds{tcp} 0.5',
    'collector_present{tcp} 1',
    'collector_skipped_lines{tcp} 3',
    'collector_success{tcp} 1',
  ]);
});

test('no skipped line is a 0, not an absence', () => {
  const outcome: Outcome = { status: 'ok', data: {}, skipped: { count: 0, examples: [] }, seconds: 0 };
  assert.ok(linesOf({ tcp: outcome }).includes('collector_skipped_lines{tcp} 0'));
});

test('a file that this kernel does not have: success, not present, and no time that it took', () => {
  assert.deepEqual(linesOf({ tcp6: { status: 'absent', seconds: 0.125 } }), [
    'collector_present{tcp6} 0',
    'collector_success{tcp6} 1',
  ]);
});

for (const reason of ['io', 'limit', 'parse', 'permission'] as const) {
  test(`a failure by ${reason}: no success, and the file is there`, () => {
    assert.deepEqual(linesOf({ tcp: failed(reason) }), [
      'collector_duration_seconds{tcp} 0.25',
      `collector_failure_info{tcp,${reason}} 1`,
      'collector_present{tcp} 1',
      'collector_success{tcp} 0',
    ]);
  });
}

for (const reason of ['deadline', 'internal'] as const) {
  test(`a failure by ${reason}: no success, and nobody knows whether the file is there`, () => {
    assert.deepEqual(linesOf({ tcp: failed(reason) }), [
      'collector_duration_seconds{tcp} 0.25',
      `collector_failure_info{tcp,${reason}} 1`,
      'collector_success{tcp} 0',
    ]);
  });
}

test('every reason of a failure is one that the label may have, and no message is a label', () => {
  for (const reason of failureReasons) {
    const lines = linesOf({ tcp: failed(reason) });
    assert.ok(lines.includes(`collector_failure_info{tcp,${reason}} 1`));
    assert.ok(!lines.join().includes('secret'));
  }
});

test('series by collector, and values beyond a limit where there are any', () => {
  const materialized: Materialized = {
    families: [],
    series: new Map([
      ['dev', 12],
      ['tcp', 0],
    ]),
    folded: new Map([
      ['dev', new Map([['device', 7]])],
      ['tcp', new Map()],
    ]),
  };
  assert.deepEqual(linesOf({}, materialized), [
    'folded_values{dev,device} 7',
    'series{dev} 12',
    'series{tcp} 0',
  ]);
});

test('collectors that were not asked are not told', () => {
  assert.deepEqual(linesOf({}), []);
});
