// Protects: what became of a collector in several network namespaces is one outcome, in which no failure is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inAllNamespaces, inNamespace, type OneOutcome, type Outcome } from '../../src/snapshot/outcome.ts';

const ok = (data: string, count = 0): OneOutcome => ({
  ...{ status: 'ok', data, seconds: 1 },
  skipped: { count, examples: Array.from({ length: count }, (_, i) => `${data}:${i + 1}`) },
});
const failed = (message: string): OneOutcome => ({ status: 'failed', reason: 'io', message, seconds: 2 });
const absent: OneOutcome = { status: 'absent', seconds: 0.5 };

const all = (...outcomes: readonly [OneOutcome, ...OneOutcome[]]): Outcome => {
  const [home, ...others] = outcomes;
  return inAllNamespaces([
    { netns: 'home', container: '', outcome: home },
    ...others.map((outcome, i) => ({ netns: `other${i + 1}`, container: '', outcome })),
  ]);
};

test('the first failure is told with its namespace, and how many there are more', () => {
  const messageOf = (outcome: Outcome): string => (outcome.status === 'failed' ? outcome.message : '');
  assert.equal(messageOf(all(ok('a'), failed('no'))), 'namespace other1: no');
  assert.equal(messageOf(all(failed('no'), ok('a'), failed('never'))), 'namespace home: no (and 1 more)');
  assert.equal(all(ok('a'), failed('no')).seconds, 3);
});

test('a file that only others have is there, and nothing of it is of the own namespace', () => {
  const outcome = all(absent, ok('a', 2), ok('b', 9));
  assert.ok(outcome.status === 'ok');
  assert.equal(outcome.data, undefined);
  assert.equal(outcome.skipped.count, 11);
  assert.deepEqual(outcome.skipped.examples, ['a:1', 'a:2', 'b:1']);
  assert.equal(all(absent, absent).status, 'absent');
});

test('one namespace tells what was read in it, and nothing where it was not', () => {
  const snapshot = new Map([
    ['tcp', all(ok('a'), ok('b'))],
    ['uptime', ok('c')],
  ]);
  const dataIn = (netns: string) =>
    [...inNamespace(snapshot, netns).values()].map(each => (each.status === 'ok' ? each.data : each.status));
  assert.deepEqual(dataIn('home'), ['a', 'c']);
  assert.deepEqual(dataIn('other1'), ['b', 'c']);
  assert.deepEqual(dataIn('other2'), ['absent', 'c'], 'of a namespace that was not read');
});
